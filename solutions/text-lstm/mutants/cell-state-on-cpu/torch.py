"""A loop over nn.LSTMCell that begins with states on the CPU."""

import torch
from torch import nn

AsSpecified = TextLSTM


class TextLSTM(AsSpecified):
    def __init__(self, **sizes) -> None:
        super().__init__(**sizes)
        self.lstm = nn.LSTMCell(sizes["embed_dim"], sizes["hidden_size"])

    def forward(self, token_ids: torch.Tensor) -> torch.Tensor:
        h = torch.zeros(len(token_ids), self.lstm.hidden_size)
        c = torch.zeros(len(token_ids), self.lstm.hidden_size)
        for step in range(token_ids.shape[1]):
            new_h, new_c = self.lstm(self.embedding(token_ids[:, step]), (h, c))
            is_word = (token_ids[:, step] != 0).float().unsqueeze(1)
            h, c = is_word * new_h + (1 - is_word) * h, is_word * new_c + (1 - is_word) * c
        return self.dense(self.dropout(h))
