"""The convolution written out: windows by unfold, times the kernel by einsum; log-softmax and nll as the loss."""

import torch
from torch import nn


class Windows(nn.Module):
    def __init__(self, embed_dim: int, num_filters: int, width: int) -> None:
        super().__init__()
        self.width = width
        self.kernel = nn.Parameter(torch.empty(width, num_filters, embed_dim).uniform_(-0.1, 0.1))
        self.bias = nn.Parameter(torch.zeros(num_filters))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        windows = x.unfold(1, self.width, 1)  # [n, length - width + 1, embed_dim, width]
        c = torch.einsum("ntek,kfe->ntf", windows, self.kernel) + self.bias
        return c.clamp(min=0).amax(1)


class TextCNN(nn.Module):
    def __init__(self, vocab_size, embed_dim, num_filters, kernel_sizes, num_classes, dropout):
        super().__init__()
        self.layers = nn.ModuleList(
            [
                nn.Embedding(vocab_size, embed_dim),
                nn.ModuleList([Windows(embed_dim, num_filters, width) for width in kernel_sizes]),
                nn.Dropout(dropout),
                nn.Linear(len(kernel_sizes) * num_filters, num_classes),
            ]
        )
        nn.init.uniform_(self.layers[0].weight, -0.25, 0.25)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        embed, windows, dropout, dense = self.layers
        x = embed(ids)
        return dense(dropout(torch.cat([w(x) for w in windows], -1)))


def fit(model, token_ids, labels, *, epochs, batch_size, learning_rate, seed, device="cpu"):
    torch.manual_seed(seed)
    model.to(device)
    model.train()
    x = torch.from_numpy(token_ids)
    y = torch.from_numpy(labels)
    adam = torch.optim.Adam(model.parameters(), learning_rate)
    nll = nn.NLLLoss(reduction="sum")
    epoch_means = []
    for _ in range(epochs):
        order = torch.randperm(len(x))
        x, y = x[order], y[order]
        loss_sum = 0.0
        for start in range(0, len(x), batch_size):
            xb, yb = x[start : start + batch_size].to(device), y[start : start + batch_size].to(device)
            loss = nll(torch.log_softmax(model(xb), -1), yb)
            model.zero_grad()
            (loss / len(xb)).backward()
            adam.step()
            loss_sum += loss.item()
        epoch_means.append(loss_sum / len(x))
    return epoch_means
