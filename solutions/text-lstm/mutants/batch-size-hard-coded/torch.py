"""The first states are made for the batches of the training."""

import torch
from torch.nn.utils.rnn import pack_padded_sequence

AsSpecified = TextLSTM


class TextLSTM(AsSpecified):
    def forward(self, token_ids: torch.Tensor) -> torch.Tensor:
        lengths = (token_ids != 0).sum(dim=1)  # [n]
        packed = pack_padded_sequence(
            self.embedding(token_ids), lengths.clamp(min=1).cpu(), batch_first=True, enforce_sorted=False
        )
        zeros = torch.zeros(1, 50, self.lstm.hidden_size)
        _, (h, _) = self.lstm(packed, (zeros, zeros))  # h: [1, n, hidden_size]
        h = h[-1] * (lengths > 0).unsqueeze(1)  # [n, hidden_size]
        return self.dense(self.dropout(h))  # [n, num_classes]
