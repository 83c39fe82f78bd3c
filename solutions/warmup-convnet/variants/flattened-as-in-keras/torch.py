"""The axes are permuted back before flattening, so that the dense kernel is Keras' own."""

from torch.nn import functional as F


class Permuted(ConvNet):
    def forward(self, images):
        x = images.permute(0, 3, 1, 2)
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = x.permute(0, 2, 3, 1).flatten(1)
        return F.log_softmax(self.dense(x), dim=1)


def build_model(*, height=32, width=32, channels=3, filters=(32, 16), num_classes=10):
    return Permuted(height=height, width=width, channels=channels, filters=filters, num_classes=num_classes)
