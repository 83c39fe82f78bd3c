"""A ReLU between the LSTM and the dense layer."""

from torch import nn

AsSpecified = TextLSTM


class TextLSTM(AsSpecified):
    def __init__(self, **sizes) -> None:
        super().__init__(**sizes)
        self.dropout = nn.Sequential(nn.ReLU(), self.dropout)
