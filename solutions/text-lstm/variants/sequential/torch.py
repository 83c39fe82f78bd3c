"""A Sequential."""

import torch
from torch import nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence


class Pack(nn.Module):
    """Token ids to packed words; a text without words gets one, which `LastState` takes out again."""

    def __init__(self, embedding: nn.Embedding) -> None:
        super().__init__()
        self.embedding = embedding

    def forward(self, token_ids: torch.Tensor) -> tuple[PackedSequence, torch.Tensor]:
        lengths = (token_ids != 0).sum(dim=1)
        x = self.embedding(token_ids)
        return pack_padded_sequence(x, lengths.clamp(min=1).cpu(), batch_first=True, enforce_sorted=False), lengths


class LastState(nn.Module):
    def __init__(self, lstm: nn.LSTM) -> None:
        super().__init__()
        self.lstm = lstm

    def forward(self, texts: tuple[PackedSequence, torch.Tensor]) -> torch.Tensor:
        packed, lengths = texts
        return self.lstm(packed)[1][0].mean(dim=0) * (lengths > 0)[:, None]


def TextLSTM(*, vocab_size, embed_dim, hidden_size, num_classes, dropout):  # noqa: N802 - takes the class' place
    embedding = nn.Embedding(vocab_size, embed_dim)
    nn.init.uniform_(embedding.weight, -0.25, 0.25)
    return nn.Sequential(
        Pack(embedding),
        LastState(nn.LSTM(embed_dim, hidden_size)),
        nn.Dropout(dropout),
        nn.Linear(hidden_size, num_classes),
    )
