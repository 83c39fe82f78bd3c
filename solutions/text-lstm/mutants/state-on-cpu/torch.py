"""The first states are made where torch makes tensors by default, on the CPU."""

import torch
from torch.nn.utils.rnn import pack_padded_sequence

AsSpecified = TextLSTM


class TextLSTM(AsSpecified):
    def forward(self, token_ids: torch.Tensor) -> torch.Tensor:
        lengths = (token_ids != 0).sum(dim=1)
        packed = pack_padded_sequence(
            self.embedding(token_ids), lengths.clamp(min=1).cpu(), batch_first=True, enforce_sorted=False
        )
        zeros = torch.zeros(1, len(token_ids), self.lstm.hidden_size)
        _, (h, _) = self.lstm(packed, (zeros, zeros))
        h = h[-1] * (lengths > 0).unsqueeze(1)
        return self.dense(self.dropout(h))
