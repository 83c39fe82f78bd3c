"""An embedding with padding_idx=0, whose row is never trained, nor read; dense is registered first."""

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence


class TextLSTM(nn.Module):
    def __init__(self, vocab_size, embed_dim, hidden_size, num_classes, dropout):
        super().__init__()
        self.out = nn.Sequential(nn.Dropout(dropout), nn.Linear(hidden_size, num_classes))
        self.rnn = nn.LSTM(embed_dim, hidden_size, batch_first=True)
        self.words = nn.Embedding(vocab_size, embed_dim, padding_idx=0)
        self.words.weight.data.uniform_(-0.25, 0.25)

    def forward(self, ids):
        lengths = torch.tensor([max(1, int((row != 0).sum())) for row in ids])
        packed = pack_padded_sequence(self.words(ids), lengths, True, False)
        h = self.rnn(packed)[1][0].transpose(0, 1).reshape(len(ids), -1)
        return self.out(torch.where((ids != 0).any(1, keepdim=True), h, torch.zeros_like(h)))
