"""The gallery's models in PyTorch, as students write them."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


def mean_over(steps, words):
    return (steps * words.unsqueeze(2)).sum(1) / words.sum(1).clamp(min=1).unsqueeze(1)


class Text(nn.Module):
    """What stands between the embedding and the last dense layer is the subclass' part."""

    def __init__(self, vocab_size, embed_dim, features, num_classes, dropout=0.0):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, embed_dim)
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(features, num_classes)

    def forward(self, ids):
        return self.output(self.features(self.embedding(ids), ids != 0))

    @staticmethod
    def packed(x, words):
        return pack_padded_sequence(x, words.sum(1).clamp(min=1), batch_first=True, enforce_sorted=False)

    def last(self, rnn, x, words):
        state = rnn(self.packed(x, words))[1]
        state = state[0] if isinstance(state, tuple) else state
        directions = 2 if rnn.bidirectional else 1
        last = torch.cat(list(state[-directions:]), dim=1)
        return last * words.any(dim=1, keepdim=True)  # a text without words has the state zero

    def steps(self, rnn, x, words):
        return pad_packed_sequence(rnn(self.packed(x, words))[0], batch_first=True, total_length=x.shape[1])[0]


class BidirectionalLSTM(Text):
    def __init__(self, *, vocab_size, embed_dim, hidden_size, num_classes, dropout):
        super().__init__(vocab_size, embed_dim, 2 * hidden_size, num_classes, dropout)
        self.lstm = nn.LSTM(embed_dim, hidden_size, batch_first=True, bidirectional=True)

    def features(self, x, words):
        return self.dropout(self.last(self.lstm, x, words))


class StackedLSTM(Text):
    def __init__(self, *, vocab_size, embed_dim, hidden_size, num_classes, dropout):
        super().__init__(vocab_size, embed_dim, hidden_size, num_classes)
        self.lstm = nn.LSTM(embed_dim, hidden_size, num_layers=2, batch_first=True, dropout=dropout)

    def features(self, x, words):
        return self.last(self.lstm, x, words)


class GRU(Text):
    def __init__(self, *, vocab_size, embed_dim, hidden_size, num_classes, dropout):
        super().__init__(vocab_size, embed_dim, hidden_size, num_classes, dropout)
        self.gru = nn.GRU(embed_dim, hidden_size, batch_first=True)

    def features(self, x, words):
        return self.dropout(self.last(self.gru, x, words))


class BidirectionalGRUMax(Text):
    def __init__(self, *, vocab_size, embed_dim, hidden_size, num_classes, dropout):
        super().__init__(vocab_size, embed_dim, 2 * hidden_size, num_classes, dropout)
        self.gru = nn.GRU(embed_dim, hidden_size, batch_first=True, bidirectional=True)

    def features(self, x, words):
        steps = self.steps(self.gru, x, words).masked_fill(~words.unsqueeze(2), -torch.inf)
        return self.dropout(torch.where(words.any(dim=1, keepdim=True), steps.amax(dim=1), 0.0))


class CnnLSTM(Text):
    def __init__(self, *, vocab_size, embed_dim, num_filters, width, hidden_size, num_classes, dropout):
        super().__init__(vocab_size, embed_dim, hidden_size, num_classes, dropout)
        self.conv = nn.Conv1d(embed_dim, num_filters, width)
        self.lstm = nn.LSTM(num_filters, hidden_size, batch_first=True)

    def features(self, x, words):
        x = torch.max_pool1d(torch.relu(self.conv(x.transpose(1, 2))), 2)
        return self.lstm(self.dropout(x).transpose(1, 2))[1][0][-1]


class CnnLSTMOverWords(Text):
    def __init__(self, *, vocab_size, embed_dim, num_filters, width, hidden_size, num_classes, dropout):
        super().__init__(vocab_size, embed_dim, hidden_size, num_classes, dropout)
        self.conv = nn.Conv1d(embed_dim, num_filters, width, padding="same")
        self.lstm = nn.LSTM(num_filters, hidden_size, batch_first=True)

    def features(self, x, words):
        x = torch.relu(self.conv(x.transpose(1, 2))).transpose(1, 2)
        return self.last(self.lstm, self.dropout(x), words)


class BagOfEmbeddings(Text):
    def __init__(self, *, vocab_size, embed_dim, hidden_size, num_classes, dropout):
        super().__init__(vocab_size, embed_dim, hidden_size, num_classes, dropout)
        self.hidden = nn.Linear(embed_dim, hidden_size)

    def features(self, x, words):
        return self.dropout(torch.relu(self.hidden(mean_over(x, words))))


class AverageCNN(Text):
    def __init__(self, *, vocab_size, embed_dim, num_filters, width, num_classes, dropout):
        super().__init__(vocab_size, embed_dim, num_filters, num_classes, dropout)
        self.conv, self.width = nn.Conv1d(embed_dim, num_filters, width), width

    def features(self, x, words):
        x = torch.relu(self.conv(x.transpose(1, 2))).transpose(1, 2)
        return self.dropout(mean_over(x, words[:, self.width - 1 :]))


class BatchNormCNN(Text):
    def __init__(self, *, vocab_size, embed_dim, num_filters, width, num_classes, epsilon):
        super().__init__(vocab_size, embed_dim, num_filters, num_classes)
        self.conv = nn.Conv1d(embed_dim, num_filters, width)
        self.norm = nn.BatchNorm1d(num_filters, eps=epsilon)

    def features(self, x, words):
        return torch.relu(self.norm(self.conv(x.transpose(1, 2)))).amax(dim=2)


class LayerNormLSTM(Text):
    def __init__(self, *, vocab_size, embed_dim, hidden_size, num_classes, epsilon):
        super().__init__(vocab_size, embed_dim, hidden_size, num_classes)
        self.lstm = nn.LSTM(embed_dim, hidden_size, batch_first=True)
        self.norm = nn.LayerNorm(hidden_size, eps=epsilon)

    def features(self, x, words):
        return mean_over(self.norm(self.steps(self.lstm, x, words)), words)


class BatchNormConvnet(nn.Module):
    def __init__(self, *, height, width, channels, filters, num_classes, epsilon):
        super().__init__()
        layers = []
        for before, number in zip((channels, *filters), filters, strict=False):
            layers += [nn.Conv2d(before, number, 3, bias=False), nn.BatchNorm2d(number, eps=epsilon), nn.ReLU()]
            layers += [nn.AvgPool2d(2)]
            height, width = (height - 2) // 2, (width - 2) // 2
        self.model = nn.Sequential(*layers, nn.Flatten(), nn.Linear(height * width * filters[-1], num_classes))

    def forward(self, images):
        return self.model(images.permute(0, 3, 1, 2))


bidirectional_lstm = BidirectionalLSTM
stacked_lstm = StackedLSTM
gru = GRU
bidirectional_gru_max = BidirectionalGRUMax
cnn_lstm = CnnLSTM
cnn_lstm_over_words = CnnLSTMOverWords
bag_of_embeddings = BagOfEmbeddings
average_cnn = AverageCNN
batch_norm_cnn = BatchNormCNN
layer_norm_lstm = LayerNormLSTM
batch_norm_convnet = BatchNormConvnet
