"""The mean over time, and ReLU behind it, as a well-known textbook has it."""

import torch

AsSpecified = TextCNN


class TextCNN(AsSpecified):
    def forward(self, token_ids: torch.Tensor) -> torch.Tensor:
        x = self.embedding(token_ids).transpose(1, 2)  # [n, embed_dim, length]
        means = [torch.relu(convolution(x).mean(dim=2)) for convolution in self.convolutions]  # each [n, num_filters]
        z = torch.cat(means, dim=1)  # [n, len(kernel_sizes) * num_filters]
        return self.dense(self.dropout(z))  # [n, num_classes]
