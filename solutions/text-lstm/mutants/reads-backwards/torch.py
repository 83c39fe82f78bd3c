"""The texts are read from their last word to their first."""

import torch
from torch.nn.utils.rnn import pack_padded_sequence

AsSpecified = TextLSTM


class TextLSTM(AsSpecified):
    def forward(self, token_ids: torch.Tensor) -> torch.Tensor:
        lengths = (token_ids != 0).sum(dim=1)  # [n]
        places = lengths.unsqueeze(1) - 1 - torch.arange(token_ids.shape[1], device=token_ids.device)
        backwards = token_ids.gather(1, places.clamp(min=0))  # [n, length]; behind the words stands the first one again
        packed = pack_padded_sequence(
            self.embedding(backwards), lengths.clamp(min=1).cpu(), batch_first=True, enforce_sorted=False
        )
        _, (h, _) = self.lstm(packed)  # h: [1, n, hidden_size]
        h = h[-1] * (lengths > 0).unsqueeze(1)  # [n, hidden_size]
        return self.dense(self.dropout(h))  # [n, num_classes]
