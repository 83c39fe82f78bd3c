"""Operations that torch has for GPUs alone, written with those that the CPU has.

``nn.LSTM``, ``nn.GRU`` and their cells call them on any device that isn't the CPU (ATen/native/RNN.cpp). The input's
and the hidden state's share of the gates come in computed; biases may be None.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import torch
from torch import Tensor

aten = torch.ops.aten
Maybe = Tensor | None


def lstm_cell(inputs: Tensor, hidden: Tensor, c: Tensor, input_bias: Maybe = None, hidden_bias: Maybe = None,
              ) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
    """One step of an LSTM: h and c [n, h], and the gates [n, 4h] for the way back (Gers et al. 2000; order i f g o)."""
    i, f, g, o = (_biased(inputs, input_bias) + _biased(hidden, hidden_bias)).chunk(4, 1)
    i, f, g, o = i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()
    new_c = f * c + i * g
    return o * new_c.tanh(), new_c, torch.cat([i, f, g, o], 1)


def lstm_cell_backward(grad_h: Maybe, grad_c: Maybe, c: Tensor, new_c: Tensor, gates: Tensor, has_bias: bool,
                       ) -> tuple[Maybe, Maybe, Maybe]:  # fmt: skip
    """Gradients of the gates before their functions [n, 4h], of the old c [n, h], and of a bias [4h]."""
    if grad_h is None and grad_c is None:
        return None, None, None
    i, f, g, o = gates.chunk(4, 1)
    tanh_c = new_c.tanh()
    from_h = torch.zeros_like(new_c) if grad_h is None else grad_h
    d = from_h * o * (1 - tanh_c * tanh_c) + (0 if grad_c is None else grad_c)
    grad = torch.cat([d * g * i * (1 - i), d * c * f * (1 - f), d * i * (1 - g * g), from_h * tanh_c * o * (1 - o)], 1)
    return grad, d * f, grad.sum(0) if has_bias else None


def gru_cell(inputs: Tensor, hidden: Tensor, h: Tensor, input_bias: Maybe = None, hidden_bias: Maybe = None,
             ) -> tuple[Tensor, Tensor]:  # fmt: skip
    """One step of a GRU: h [n, h], and what the way back needs [n, 5h] (order r z n, as in torch.nn.GRU)."""
    (ir, iz, i_new), (hr, hz, h_new) = _biased(inputs, input_bias).chunk(3, 1), _biased(hidden, hidden_bias).chunk(3, 1)
    r, z = (ir + hr).sigmoid(), (iz + hz).sigmoid()
    new = (i_new + r * h_new).tanh()
    return (h - new) * z + new, torch.cat([r, z, new, h, h_new], 1)


def gru_cell_backward(grad: Tensor, workspace: Tensor, has_bias: bool) -> tuple[Tensor, Tensor, Tensor, Maybe, Maybe]:
    """Gradients of the input's and the hidden state's gates [n, 3h], of the old h [n, h], and of both biases [3h]."""
    r, z, new, h, h_new = workspace.chunk(5, 1)
    d_new = grad * (1 - z) * (1 - new * new)
    d_z = grad * (h - new) * z * (1 - z)
    d_r = d_new * h_new * r * (1 - r)
    of_inputs, of_hidden = torch.cat([d_r, d_z, d_new], 1), torch.cat([d_r, d_z, d_new * r], 1)
    biases = (of_inputs.sum(0), of_hidden.sum(0)) if has_bias else (None, None)
    return of_inputs, of_hidden, grad * z, *biases


def _biased(gates: Tensor, bias: Maybe) -> Tensor:
    return gates if bias is None else gates + bias


SUBSTITUTES: Final[dict[object, Callable[..., object]]] = {
    aten._thnn_fused_lstm_cell.default: lstm_cell,
    aten._thnn_fused_lstm_cell_backward_impl.default: lstm_cell_backward,
    aten._thnn_fused_gru_cell.default: gru_cell,
    aten._thnn_fused_gru_cell_backward.default: gru_cell_backward,
}
