"""The embedding of the padding is set to zero, and the LSTM then reads these zeros as words."""

import torch

AsSpecified = TextLSTM


class TextLSTM(AsSpecified):
    def forward(self, token_ids: torch.Tensor) -> torch.Tensor:
        x = self.embedding(token_ids) * (token_ids != 0).unsqueeze(2)  # [n, length, embed_dim]
        _, (h, _) = self.lstm(x)  # h: [1, n, hidden_size]
        return self.dense(self.dropout(h[-1]))  # [n, num_classes]
