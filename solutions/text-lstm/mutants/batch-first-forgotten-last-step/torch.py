"""Without batch_first the LSTM takes the texts for time steps; the last position is taken."""

import torch
from torch import nn

AsSpecified = TextLSTM


class TextLSTM(AsSpecified):
    def __init__(self, **sizes) -> None:
        super().__init__(**sizes)
        self.lstm = nn.LSTM(sizes["embed_dim"], sizes["hidden_size"])

    def forward(self, token_ids: torch.Tensor) -> torch.Tensor:
        outputs, _ = self.lstm(self.embedding(token_ids))  # [n, length, hidden_size]
        return self.dense(self.dropout(outputs[:, -1]))  # [n, num_classes]
