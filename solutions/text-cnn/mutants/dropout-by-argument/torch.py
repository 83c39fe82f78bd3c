"""Whether dropout is on is said by an argument of forward, which nobody passes."""

import torch

AsSpecified = TextCNN


class TextCNN(AsSpecified):
    def forward(self, token_ids: torch.Tensor, is_train: bool = False) -> torch.Tensor:
        x = self.embedding(token_ids).transpose(1, 2)  # [n, embed_dim, length]
        z = torch.cat([torch.relu(convolution(x)).amax(dim=2) for convolution in self.convolutions], dim=1)
        if is_train:
            z = self.dropout(z)  # [n, len(kernel_sizes) * num_filters]
        return self.dense(z)  # [n, num_classes]
