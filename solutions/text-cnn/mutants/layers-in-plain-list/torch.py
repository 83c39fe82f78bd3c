"""The convolutions are in a plain list, where PyTorch finds none of their parameters."""

from torch import nn

AsSpecified = TextCNN


class TextCNN(AsSpecified):
    def __init__(self, **sizes) -> None:
        super().__init__(**sizes)
        filters, widths = sizes["num_filters"], sizes["kernel_sizes"]
        del self.convolutions
        self.convolutions = [nn.Conv1d(sizes["embed_dim"], filters, width) for width in widths]
