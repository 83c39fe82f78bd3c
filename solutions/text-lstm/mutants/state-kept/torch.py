"""The last states of a batch are where the next batch begins, if it is as large."""

import torch
from torch.nn.utils.rnn import pack_padded_sequence

AsSpecified = TextLSTM


class TextLSTM(AsSpecified):
    def __init__(self, **sizes) -> None:
        super().__init__(**sizes)
        self.state = None

    def forward(self, token_ids: torch.Tensor) -> torch.Tensor:
        lengths = (token_ids != 0).sum(dim=1)  # [n]
        packed = pack_padded_sequence(
            self.embedding(token_ids), lengths.clamp(min=1).cpu(), batch_first=True, enforce_sorted=False
        )
        if self.state is not None and self.state[0].shape[1] != len(token_ids):
            self.state = None
        _, (h, c) = self.lstm(packed, self.state)  # each [1, n, hidden_size]
        self.state = h.detach(), c.detach()
        h = h[-1] * (lengths > 0).unsqueeze(1)  # [n, hidden_size]
        return self.dense(self.dropout(h))  # [n, num_classes]
