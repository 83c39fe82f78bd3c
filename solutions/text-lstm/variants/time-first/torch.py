"""nn.LSTM with time as its first axis, over the padding too; the output at the last word is taken."""

import torch
from torch import nn

AsSpecified = TextLSTM


class TextLSTM(AsSpecified):
    def __init__(self, **sizes) -> None:
        super().__init__(**sizes)
        self.lstm = nn.LSTM(sizes["embed_dim"], sizes["hidden_size"])

    def forward(self, token_ids: torch.Tensor) -> torch.Tensor:
        lengths = (token_ids != 0).sum(dim=1)
        outputs, _ = self.lstm(self.embedding(token_ids.t()))  # [length, n, hidden_size]; no word sees what follows it
        outputs = torch.cat([torch.zeros_like(outputs[:1]), outputs])  # the state before the first word comes first
        h = outputs[lengths, torch.arange(len(lengths), device=lengths.device)]
        return self.dense(self.dropout(h))
