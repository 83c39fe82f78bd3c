"""Unpacked again, and each text's output at its last word gathered."""

import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

AsSpecified = TextLSTM


class TextLSTM(AsSpecified):
    def forward(self, token_ids: torch.Tensor) -> torch.Tensor:
        counts = token_ids.ne(0).sum(1)
        lengths = counts.clamp(min=1)
        packed = pack_padded_sequence(self.embedding(token_ids), lengths.cpu(), batch_first=True, enforce_sorted=False)
        outputs, _ = pad_packed_sequence(self.lstm(packed)[0], batch_first=True)
        last = (lengths - 1).view(-1, 1, 1).expand(-1, 1, outputs.size(2))
        h = outputs.gather(1, last).squeeze(1).masked_fill(counts.eq(0).unsqueeze(1), 0.0)
        return self.dense(self.dropout(h))
