"""The LSTM reads in both directions, and h_n[-1] is the state of the backward one."""

from torch import nn

AsSpecified = TextLSTM


class TextLSTM(AsSpecified):
    def __init__(self, **sizes) -> None:
        super().__init__(**sizes)
        self.lstm = nn.LSTM(sizes["embed_dim"], sizes["hidden_size"], batch_first=True, bidirectional=True)
