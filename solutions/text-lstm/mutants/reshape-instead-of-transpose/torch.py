"""view() gives the shape that the LSTM wants without batch_first, but mixes the texts."""

import torch
from torch import nn

AsSpecified = TextLSTM


class TextLSTM(AsSpecified):
    def __init__(self, **sizes) -> None:
        super().__init__(**sizes)
        self.lstm = nn.LSTM(sizes["embed_dim"], sizes["hidden_size"])

    def forward(self, token_ids: torch.Tensor) -> torch.Tensor:
        n, length = token_ids.shape
        x = self.embedding(token_ids).view(length, n, -1)  # [length, n, embed_dim]
        _, (h, _) = self.lstm(x)  # h: [1, n, hidden_size]
        return self.dense(self.dropout(h[-1]))  # [n, num_classes]
