"""Sorted by length to be packed, and put back into their order."""

import torch
from torch.nn.utils.rnn import pack_padded_sequence

AsSpecified = TextLSTM


class TextLSTM(AsSpecified):
    def forward(self, token_ids: torch.Tensor) -> torch.Tensor:
        lengths, order = (token_ids > 0).sum(dim=1).sort(descending=True)
        packed = pack_padded_sequence(self.embedding(token_ids[order]), lengths.clamp(min=1).cpu(), batch_first=True)
        _, (h, _) = self.lstm(packed)
        back = torch.empty_like(order)
        back[order] = torch.arange(len(order), device=order.device)
        h = h.squeeze(0)[back] * (token_ids[:, :1] > 0)
        return self.dense(self.dropout(h))
