"""The index of the last word is -1 where there is none, and so the last position."""

import torch

AsSpecified = TextLSTM


class TextLSTM(AsSpecified):
    def forward(self, token_ids: torch.Tensor) -> torch.Tensor:
        lengths = (token_ids != 0).sum(dim=1)  # [n]
        outputs, _ = self.lstm(self.embedding(token_ids))  # [n, length, hidden_size]
        h = outputs[torch.arange(len(outputs)), lengths - 1]  # [n, hidden_size]
        return self.dense(self.dropout(h))  # [n, num_classes]
