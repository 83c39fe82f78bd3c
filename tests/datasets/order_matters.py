"""Train a bag of words and a TextCNN on the same built-in reviews; prints both accuracies as JSON.

A script of its own, so that the frameworks stay out of the process that runs the tests.
"""

import json

import numpy as np
import torch
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from torch import nn

from autograder.datasets import Dataset, build_vocabulary, builtin, encode, words

LENGTH, EPOCHS, BATCH = 30, 5, 50


class TextCNN(nn.Module):
    """Kim's CNN-rand, with two widths."""

    def __init__(self, vocab_size: int, embed_dim: int = 64, filters: int = 64) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, embed_dim)
        nn.init.uniform_(self.embedding.weight, -0.25, 0.25)
        self.convolutions = nn.ModuleList(nn.Conv1d(embed_dim, filters, width) for width in (3, 5))
        self.dropout = nn.Dropout(0.5)
        self.dense = nn.Linear(2 * filters, 2)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        embedded = self.embedding(ids).transpose(1, 2)
        pooled = [torch.relu(convolution(embedded)).amax(dim=2) for convolution in self.convolutions]
        return self.dense(self.dropout(torch.cat(pooled, dim=1)))


def bag_of_words(data: Dataset) -> float:
    """Accuracy of a logistic regression on the words' counts."""
    counter = CountVectorizer(analyzer=words)
    model = LogisticRegression(max_iter=1000).fit(counter.fit_transform(data.train.texts), data.train.labels)
    return float(model.score(counter.transform(data.test.texts), data.test.labels))


def text_cnn(data: Dataset) -> float:
    """Accuracy of a TextCNN on the words in their order."""
    torch.manual_seed(0)
    vocabulary = build_vocabulary(data.train.texts, 2000)
    ids = torch.from_numpy(encode(data.train.texts, vocabulary, LENGTH))
    labels = torch.from_numpy(data.train.labels)
    model = TextCNN(len(vocabulary))
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(ids)).split(BATCH):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(ids[batch]), labels[batch]).backward()
            optimizer.step()
    model.eval()
    with torch.no_grad():
        logits = model(torch.from_numpy(encode(data.test.texts, vocabulary, LENGTH))).numpy()
    return float(np.mean(logits.argmax(axis=1) == data.test.labels))


if __name__ == "__main__":
    torch.set_num_threads(1)
    reviews = builtin(train=3000, test=1000, seed=0)
    print(json.dumps({"bag_of_words": bag_of_words(reviews), "text_cnn": text_cnn(reviews)}))  # noqa: T201 - its answer
