"""The LSTM has no biases."""

from torch import nn

AsSpecified = TextLSTM


class TextLSTM(AsSpecified):
    def __init__(self, **sizes) -> None:
        super().__init__(**sizes)
        self.lstm = nn.LSTM(sizes["embed_dim"], sizes["hidden_size"], batch_first=True, bias=False)
