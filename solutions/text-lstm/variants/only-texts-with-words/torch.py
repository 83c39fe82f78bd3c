"""Texts without words never reach the LSTM: zeros, and the others written into them."""

import torch
from torch.nn.utils.rnn import pack_padded_sequence

AsSpecified = TextLSTM


class TextLSTM(AsSpecified):
    def forward(self, token_ids: torch.Tensor) -> torch.Tensor:
        lengths = token_ids.count_nonzero(dim=1)
        some = lengths > 0
        h = torch.zeros(len(token_ids), self.lstm.hidden_size, device=token_ids.device)
        if some.any():
            x = self.embedding(token_ids[some])
            packed = pack_padded_sequence(x, lengths[some].cpu(), batch_first=True, enforce_sorted=False)
            h[some] = self.lstm(packed)[1][0][0]
        return self.dense(self.dropout(h))
