"""The maxima are gathered on the CPU, and the dense layer waits for them on the device."""

import torch

AsSpecified = TextCNN


class TextCNN(AsSpecified):
    def forward(self, token_ids: torch.Tensor) -> torch.Tensor:
        x = self.embedding(token_ids).transpose(1, 2)
        maxima = [torch.relu(convolution(x)).amax(dim=2).cpu() for convolution in self.convolutions]
        return self.dense(self.dropout(torch.cat(maxima, dim=1)))
