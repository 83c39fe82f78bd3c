"""The embedding starts as PyTorch draws it by default, from a normal distribution of deviation 1."""

from torch import nn

SpecifiedTextCNN = TextCNN


class TextCNN(SpecifiedTextCNN):
    def __init__(self, **sizes) -> None:
        super().__init__(**sizes)
        nn.init.normal_(self.embedding.weight)
