"""The maxima are written into a tensor that is made on the CPU."""

import torch

AsSpecified = TextCNN


class TextCNN(AsSpecified):
    def forward(self, token_ids: torch.Tensor) -> torch.Tensor:
        x = self.embedding(token_ids).transpose(1, 2)
        z = torch.zeros(len(token_ids), self.dense.in_features)
        end = 0
        for convolution in self.convolutions:
            begin, end = end, end + convolution.out_channels
            z[:, begin:end] = torch.relu(convolution(x)).amax(dim=2)
        return self.dense(self.dropout(z))
