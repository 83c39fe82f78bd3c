"""padding_idx is taken for a mask; all that it does is to leave one row of the table untrained."""

import torch
from torch import nn

AsSpecified = TextLSTM


class TextLSTM(AsSpecified):
    def __init__(self, **sizes) -> None:
        super().__init__(**sizes)
        self.embedding = nn.Embedding(sizes["vocab_size"], sizes["embed_dim"], padding_idx=0)
        nn.init.uniform_(self.embedding.weight, -0.25, 0.25)

    def forward(self, token_ids: torch.Tensor) -> torch.Tensor:
        _, (h, _) = self.lstm(self.embedding(token_ids))  # h: [1, n, hidden_size]
        return self.dense(self.dropout(h[-1]))  # [n, num_classes]
