"""The gates written out, side by side in two matrices, with one bias."""

import torch
from torch import nn


class TextLSTM(nn.Module):
    def __init__(self, vocab_size, embed_dim, hidden_size, num_classes, dropout):
        super().__init__()
        self.hidden_size = hidden_size
        self.embedding = nn.Embedding(vocab_size, embed_dim)
        nn.init.uniform_(self.embedding.weight, -0.25, 0.25)
        self.from_word = nn.Linear(embed_dim, 4 * hidden_size)
        self.from_state = nn.Linear(hidden_size, 4 * hidden_size, bias=False)
        self.dropout = nn.Dropout(dropout)
        self.dense = nn.Linear(hidden_size, num_classes)

    def forward(self, token_ids: torch.Tensor) -> torch.Tensor:
        x = self.embedding(token_ids)
        h = c = torch.zeros(len(x), self.hidden_size, device=x.device)
        for step in range(x.shape[1]):
            i, f, g, o = (self.from_word(x[:, step]) + self.from_state(h)).chunk(4, dim=1)
            new_c = f.sigmoid() * c + i.sigmoid() * g.tanh()
            new_h = o.sigmoid() * new_c.tanh()
            is_word = (token_ids[:, step] != 0).unsqueeze(1)
            h, c = torch.where(is_word, new_h, h), torch.where(is_word, new_c, c)
        return self.dense(self.dropout(h))
