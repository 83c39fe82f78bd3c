"""Without batch_first the last state is that of each position, not of each text."""

import torch
from torch import nn

AsSpecified = TextLSTM


class TextLSTM(AsSpecified):
    def __init__(self, **sizes) -> None:
        super().__init__(**sizes)
        self.lstm = nn.LSTM(sizes["embed_dim"], sizes["hidden_size"])

    def forward(self, token_ids: torch.Tensor) -> torch.Tensor:
        _, (h, _) = self.lstm(self.embedding(token_ids))  # h: [1, length, hidden_size]
        return self.dense(self.dropout(h[-1]))  # [length, num_classes]
