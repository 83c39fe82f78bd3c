"""pack_padded_sequence as it is by default, which wants the longest text first: it raises for any other batch."""

import torch
from torch.nn.utils.rnn import pack_padded_sequence

AsSpecified = TextLSTM


class TextLSTM(AsSpecified):
    def forward(self, token_ids: torch.Tensor) -> torch.Tensor:
        lengths = (token_ids != 0).sum(dim=1)  # [n]
        packed = pack_padded_sequence(self.embedding(token_ids), lengths.clamp(min=1).cpu(), batch_first=True)
        _, (h, _) = self.lstm(packed)  # h: [1, n, hidden_size]
        h = h[-1] * (lengths > 0).unsqueeze(1)  # [n, hidden_size]
        return self.dense(self.dropout(h))  # [n, num_classes]
