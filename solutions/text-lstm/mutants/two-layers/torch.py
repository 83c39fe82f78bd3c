"""Two LSTM layers, one on the other."""

from torch import nn

AsSpecified = TextLSTM


class TextLSTM(AsSpecified):
    def __init__(self, **sizes) -> None:
        super().__init__(**sizes)
        self.lstm = nn.LSTM(sizes["embed_dim"], sizes["hidden_size"], num_layers=2, batch_first=True)
