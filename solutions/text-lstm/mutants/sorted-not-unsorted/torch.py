"""The texts are sorted by length to pack them, and their states are left in that order."""

import torch
from torch.nn.utils.rnn import pack_padded_sequence

AsSpecified = TextLSTM


class TextLSTM(AsSpecified):
    def forward(self, token_ids: torch.Tensor) -> torch.Tensor:
        lengths, order = (token_ids != 0).sum(dim=1).sort(descending=True, stable=True)  # [n] each
        x = self.embedding(token_ids[order])  # [n, length, embed_dim]
        packed = pack_padded_sequence(x, lengths.clamp(min=1).cpu(), batch_first=True)
        _, (h, _) = self.lstm(packed)  # h: [1, n, hidden_size]
        h = h[-1] * (lengths > 0).unsqueeze(1)  # [n, hidden_size]
        return self.dense(self.dropout(h))  # [n, num_classes]
