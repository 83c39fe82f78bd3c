"""The LSTM reads in both directions, and the last states of both are added up."""

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

AsSpecified = TextLSTM


class TextLSTM(AsSpecified):
    def __init__(self, **sizes) -> None:
        super().__init__(**sizes)
        hidden_size = sizes["hidden_size"]
        self.lstm = nn.LSTM(sizes["embed_dim"], hidden_size, batch_first=True, bidirectional=True)

    def forward(self, token_ids: torch.Tensor) -> torch.Tensor:
        lengths = (token_ids != 0).sum(dim=1)  # [n]
        packed = pack_padded_sequence(
            self.embedding(token_ids), lengths.clamp(min=1).cpu(), batch_first=True, enforce_sorted=False
        )
        _, (h, _) = self.lstm(packed)  # h: [2, n, hidden_size]
        h = (h[0] + h[1]) * (lengths > 0).unsqueeze(1)  # [n, hidden_size]
        return self.dense(self.dropout(h))  # [n, num_classes]
