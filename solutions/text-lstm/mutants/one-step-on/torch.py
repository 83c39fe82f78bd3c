"""The output at the position after the last word."""

import torch

AsSpecified = TextLSTM


class TextLSTM(AsSpecified):
    def forward(self, token_ids: torch.Tensor) -> torch.Tensor:
        lengths = (token_ids != 0).sum(dim=1)  # [n]
        outputs, _ = self.lstm(self.embedding(token_ids))  # [n, length, hidden_size]
        h = outputs[torch.arange(len(outputs)), lengths.clamp(max=token_ids.shape[1] - 1)]  # [n, hidden_size]
        h = h * (lengths > 0).unsqueeze(1)
        return self.dense(self.dropout(h))  # [n, num_classes]
