"""The sum of the states of all words."""

import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

AsSpecified = TextLSTM


class TextLSTM(AsSpecified):
    def forward(self, token_ids: torch.Tensor) -> torch.Tensor:
        lengths = (token_ids != 0).sum(dim=1)  # [n]
        packed = pack_padded_sequence(
            self.embedding(token_ids), lengths.clamp(min=1).cpu(), batch_first=True, enforce_sorted=False
        )
        outputs, _ = pad_packed_sequence(self.lstm(packed)[0], batch_first=True)  # [n, length, hidden_size], then zeros

        h = outputs.sum(dim=1) * (lengths > 0).unsqueeze(1)  # [n, hidden_size]
        return self.dense(self.dropout(h))  # [n, num_classes]
