"""The first hidden state is drawn at random, in prediction too, as in many a tutorial."""

import torch
from torch.nn.utils.rnn import pack_padded_sequence

AsSpecified = TextLSTM


class TextLSTM(AsSpecified):
    def forward(self, token_ids: torch.Tensor) -> torch.Tensor:
        lengths = (token_ids != 0).sum(dim=1)  # [n]
        x = self.embedding(token_ids)  # [n, length, embed_dim]
        packed = pack_padded_sequence(x, lengths.clamp(min=1).cpu(), batch_first=True, enforce_sorted=False)
        first = torch.randn(2, 1, len(x), self.lstm.hidden_size, device=x.device)
        _, (h, _) = self.lstm(packed, (first[0], first[1]))  # h: [1, n, hidden_size]
        h = h[-1] * (lengths > 0).unsqueeze(1)  # [n, hidden_size], zeros where there was no word
        return self.dense(self.dropout(h))  # [n, num_classes]
