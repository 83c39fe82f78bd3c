"""Without batch_first the LSTM takes the texts for time steps, and the words for texts."""

import torch
from torch import nn

AsSpecified = TextLSTM


class TextLSTM(AsSpecified):
    def __init__(self, **sizes) -> None:
        super().__init__(**sizes)
        self.lstm = nn.LSTM(sizes["embed_dim"], sizes["hidden_size"])

    def forward(self, token_ids: torch.Tensor) -> torch.Tensor:
        lengths = (token_ids != 0).sum(dim=1)  # [n]
        outputs, _ = self.lstm(self.embedding(token_ids))  # [n, length, hidden_size]
        h = outputs[torch.arange(len(outputs)), (lengths - 1).clamp(min=0)]  # [n, hidden_size]
        h = h * (lengths > 0).unsqueeze(1)
        return self.dense(self.dropout(h))  # [n, num_classes]
