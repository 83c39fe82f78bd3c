"""All four parts are sigmoids, also what could be remembered."""

import torch
from torch import nn

AsSpecified = TextLSTM


class TextLSTM(AsSpecified):
    def __init__(self, **sizes) -> None:
        super().__init__(**sizes)
        del self.lstm
        self.from_input = nn.Linear(sizes["embed_dim"], 4 * sizes["hidden_size"])
        self.from_state = nn.Linear(sizes["hidden_size"], 4 * sizes["hidden_size"])

    def forward(self, token_ids: torch.Tensor) -> torch.Tensor:
        x = self.from_input(self.embedding(token_ids))  # [n, length, 4 * hidden_size]
        h = c = x.new_zeros(len(x), self.from_state.in_features)  # [n, hidden_size]
        for step, is_word in zip(x.unbind(1), (token_ids != 0).unsqueeze(2).unbind(1), strict=True):
            i, f, g, o = (step + self.from_state(h)).sigmoid().chunk(4, dim=1)  # each [n, hidden_size]
            new_c = f * c + i * g
            new_h = o * new_c.tanh()
            h, c = torch.where(is_word, new_h, h), torch.where(is_word, new_c, c)
        return self.dense(self.dropout(h))  # [n, num_classes]
