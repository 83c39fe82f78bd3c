"""The lengths for packing stay where the texts are."""

import torch
from torch.nn.utils.rnn import pack_padded_sequence

AsSpecified = TextLSTM


class TextLSTM(AsSpecified):
    def forward(self, token_ids: torch.Tensor) -> torch.Tensor:
        lengths = (token_ids != 0).sum(dim=1)
        packed = pack_padded_sequence(
            self.embedding(token_ids), lengths.clamp(min=1), batch_first=True, enforce_sorted=False
        )
        _, (h, _) = self.lstm(packed)
        h = h[-1] * (lengths > 0).unsqueeze(1)
        return self.dense(self.dropout(h))
