"""The simulated GPU computes what the CPU does, and refuses what CUDA refuses."""

from __future__ import annotations

import copy
import io
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence
from torch.utils.data import DataLoader, TensorDataset

from autograder.worker.simulated.device import SimulatedDevice
from autograder.worker.simulated.refusals import FACTS
from autograder.worker.torch_device import open_device

HERE = __file__.rpartition("/")[0]
ADVICE = (
    f"PyTorch {torch.__version__} broke the simulated GPU, so that devices are judged by shapes alone (device='meta'): "
    "mend autograder/worker/simulated for it, or pin the torch that pyproject.toml had."
)


@pytest.fixture
def simulated():
    try:
        device = SimulatedDevice(HERE)
    except Exception as error:  # noqa: BLE001 - whatever a new torch raises
        pytest.fail(f"{ADVICE} ({type(error).__name__}: {error})")
    with device.on([]):
        yield device
    device.take_trace()


def test_this_torch_carries_it():
    assert open_device("simulated", HERE).device.kind == "simulated", ADVICE


class Convolutions(nn.Module):
    def __init__(self, bias: bool = True) -> None:
        super().__init__()
        self.embedding = nn.Embedding(30, 8)
        self.layers = nn.ModuleList(nn.Conv1d(8, 6, width, bias=bias) for width in (2, 3))
        self.dense = nn.Linear(12, 3)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        x = self.embedding(ids).transpose(1, 2)
        z = torch.cat([layer(x).relu().amax(2) for layer in self.layers], 1)
        return self.dense(nn.functional.dropout(z, 0.5, self.training))


class Recurrent(nn.Module):
    def __init__(self, layer: Callable[..., nn.Module], **settings: object) -> None:
        super().__init__()
        self.embedding = nn.Embedding(30, 8)
        self.layer = layer(8, 6, batch_first=True, **settings)
        self.dense = nn.LazyLinear(3)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        lengths = (ids != 0).sum(1).clamp(min=1).cpu()
        packed = pack_padded_sequence(self.embedding(ids), lengths, batch_first=True, enforce_sorted=False)
        outputs, _ = pad_packed_sequence(self.layer(packed)[0], batch_first=True)
        return self.dense(outputs.amax(1))


class Cells(nn.Module):
    def __init__(self, cell: Callable[..., nn.Module]) -> None:
        super().__init__()
        self.embedding, self.cell, self.dense = nn.Embedding(30, 8), cell(8, 6), nn.Linear(6, 3)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        state = None
        for step in range(ids.shape[1]):
            state = self.cell(self.embedding(ids[:, step]), state)
        return self.dense(state[0] if isinstance(state, tuple) else state)


class Attention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(30, 8)
        self.encoder = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True)
        self.dense = nn.Linear(8, 3)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        return self.dense(self.encoder(self.embedding(ids), src_key_padding_mask=ids == 0).mean(1))


class Normed(nn.Sequential):
    def __init__(self) -> None:
        super().__init__(
            nn.Embedding(30, 8), nn.LayerNorm(8), nn.Flatten(), nn.Linear(72, 8), nn.BatchNorm1d(8), nn.Linear(8, 3)
        )


EXACT = {"convolutions": Convolutions, "without biases": lambda: Convolutions(bias=False), "normed": Normed}
CLOSE = {
    "lstm": lambda: Recurrent(nn.LSTM),
    "lstm without biases": lambda: Recurrent(nn.LSTM, bias=False),
    "two bidirectional layers": lambda: Recurrent(nn.LSTM, num_layers=2, bidirectional=True),
    "projected": lambda: Recurrent(nn.LSTM, proj_size=4),
    "gru": lambda: Recurrent(nn.GRU),
    "gru without biases": lambda: Recurrent(nn.GRU, bias=False),
    "bidirectional gru": lambda: Recurrent(nn.GRU, bidirectional=True),
    "rnn": lambda: Recurrent(nn.RNN),
    "lstm cells": lambda: Cells(nn.LSTMCell),
    "gru cells": lambda: Cells(nn.GRUCell),
    "attention": Attention,
}
OPTIMIZERS = {
    "adam": torch.optim.Adam,
    "fused": lambda p, lr: torch.optim.Adam(p, lr, fused=True),
    "foreach": lambda p, lr: torch.optim.Adam(p, lr, foreach=True),
    "adamw": torch.optim.AdamW,
    "sgd": torch.optim.SGD,
    "rmsprop": torch.optim.RMSprop,
}


def texts() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(4)
    ids = torch.randint(1, 30, (20, 9), generator=generator)
    ids[:8, 5:] = 0
    return ids, torch.randint(0, 3, (20,), generator=generator)


def made(make: Callable[[], nn.Module]) -> nn.Module:
    torch.manual_seed(0)
    model = make()
    with torch.no_grad():
        model(texts()[0])  # lazy layers
    return model


def trained(model: nn.Module, device: str, optimizer: Callable[..., torch.optim.Optimizer] = torch.optim.Adam):
    torch.manual_seed(1)
    ids, labels = texts()
    model.to(device).train()
    steps, losses = optimizer(model.parameters(), lr=0.01), []
    for batch in torch.randperm(20).split(8):
        loss = nn.functional.cross_entropy(model(ids[batch].to(device)), labels[batch].to(device))
        steps.zero_grad()
        loss.backward()
        steps.step()
        losses.append(loss.item())
    return losses, [parameter.detach().cpu() for parameter in model.parameters()]


@pytest.mark.parametrize("name", [*EXACT, *CLOSE])
def test_training_gives_what_it_gives_on_the_cpu(simulated, name):
    make = {**EXACT, **CLOSE}[name]
    # Adam would make a whole step of a gradient that is zero but for rounding.
    wanted = trained(made(make), "cpu", torch.optim.SGD)
    losses, weights = trained(made(make), "simgpu", torch.optim.SGD)
    assert losses == pytest.approx(wanted[0], abs=1e-6)
    assert max(float((a - b).abs().max()) for a, b in zip(weights, wanted[1], strict=True)) <= 1e-6
    if name in EXACT:  # the way back is on another thread, which adds up in another order unless it has one core
        assert losses[0] == wanted[0][0]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_steps_as_on_the_cpu(simulated, name):
    wanted = trained(made(Convolutions), "cpu", OPTIMIZERS[name])
    losses, weights = trained(made(Convolutions), "simgpu", OPTIMIZERS[name])
    assert losses == pytest.approx(wanted[0], abs=1e-6)
    assert all(torch.allclose(a, b, atol=1e-6) for a, b in zip(weights, wanted[1], strict=True))


def test_an_optimizer_follows_a_model_that_moves_later(simulated):
    model = nn.Linear(3, 2)
    weight = model.weight
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    model.to("simgpu")
    assert model.weight is weight
    assert isinstance(weight, nn.Parameter)
    before = weight.detach().cpu()
    model(torch.ones(1, 3, device="simgpu")).sum().backward()
    optimizer.step()
    assert torch.allclose(model.weight.cpu(), before - 1)


def test_a_model_moves_while_a_graph_refers_to_it(simulated):
    model = nn.Linear(3, 2)
    kept = model(torch.ones(1, 3))
    there = model.to("simgpu")(torch.ones(1, 3).to("simgpu"))
    assert torch.allclose(there.cpu(), kept)


def test_a_model_that_moves_under_inference_mode_can_be_trained_and_moved_again(simulated):
    model = nn.Linear(3, 2)
    for _ in range(2):
        with torch.inference_mode():
            model.to("simgpu")(torch.ones(1, 3, device="simgpu"))
        model.to("simgpu")(torch.ones(1, 3, device="simgpu")).sum().backward()
        torch.optim.SGD(model.parameters(), lr=0.1).step()
    assert model.weight.grad is not None


def test_random_states_are_forked_and_restored(simulated):
    torch.manual_seed(3)
    with torch.random.fork_rng():
        wanted = torch.rand(2, device="simgpu").tolist()
    assert torch.rand(2).tolist() == wanted


def test_a_model_comes_back(simulated):
    model = nn.Linear(3, 2).to("simgpu")
    weight = model.weight
    model.cpu()
    assert model.weight is weight
    assert type(weight) is nn.Parameter
    assert model(torch.ones(1, 3)).device.type == "cpu"


READS = {
    "item": lambda x: x.sum().item(),
    "float": lambda x: float(x.sum()),
    "tolist": lambda x: x.tolist(),
    "bool": lambda x: bool((x > 1).any()),
    "format": lambda x: f"{x.mean():.3f} {x.sum()}",
    "nonzero": lambda x: x.nonzero().tolist(),
    "mask": lambda x: x[x > 2].tolist(),
    "indices of the CPU": lambda x: x[torch.tensor([1, 0])].tolist(),
    "rows": lambda x: [row.tolist() for row in x],
    "numpy": lambda x: x.cpu().numpy().tolist(),
    "forced numpy": lambda x: x.numpy(force=True).tolist(),
    "unique": lambda x: x.unique().tolist(),
    "sorted": lambda x: x.sort(descending=True)[1].tolist(),
    "max": lambda x: x.max(dim=1).indices.tolist(),
    "equal": lambda x: torch.equal(x, x.clone()),
    "einsum": lambda x: torch.einsum("ij,kj->ik", x, x).tolist(),
    "in place": lambda x: x.clone().add_(1).transpose_(0, 1).tolist(),
    "views": lambda x: x.clone()[0].mul_(2).tolist(),
    "data": lambda x: x.data.mul(2).tolist(),
    "number of the CPU": lambda x: (x * torch.tensor(2.0)).tolist(),
    "copied": lambda x: copy.deepcopy(x).tolist(),
    "new": lambda x: x.new_zeros(2).add(torch.zeros_like(x[0, :2])).tolist(),
    "inference": torch.inference_mode()(lambda x: nn.Linear(3, 2, device=x.device)(x).shape),
    "no autocast": lambda x: torch.autocast(x.device.type, enabled=False).__enter__() and None,
}


@pytest.mark.parametrize("name", READS)
def test_values_are_read_as_on_the_cpu(simulated, name):
    x = torch.tensor([[1.0, 5.0, 2.0], [3.0, 0.0, 4.0]])
    assert READS[name](x.to("simgpu")) == READS[name](x)


def test_torch_makes_tensors_there(simulated):
    made = [
        torch.tensor([1, 2], device="simgpu"),
        torch.as_tensor(np.ones(2), device="simgpu"),
        torch.zeros(2, device="simgpu:0"),
        torch.arange(3, device=torch.device("simgpu")),
        torch.randperm(3, device="simgpu"),
        torch.randperm(3, device="simgpu", generator=torch.Generator(device="simgpu").manual_seed(1)),
        nn.Linear(2, 2, device="simgpu").weight,
    ]
    assert {str(tensor.device) for tensor in made} == {"simgpu:0"}
    assert "device='simgpu:0'" in repr(made[0])


def test_random_numbers_are_those_of_the_cpu(simulated):
    torch.manual_seed(3)
    wanted = torch.randperm(9), nn.functional.dropout(torch.ones(9))
    torch.manual_seed(3)
    found = torch.randperm(9, device="simgpu"), nn.functional.dropout(torch.ones(9, device="simgpu"))
    assert [x.tolist() for x in found] == [x.tolist() for x in wanted]


def test_a_data_loader_feeds_it(simulated):
    loader = DataLoader(TensorDataset(*texts()), batch_size=8, shuffle=True, num_workers=0, pin_memory=True)
    moved = [(ids.to("simgpu", non_blocking=True), labels.to("simgpu")) for ids, labels in loader]
    assert sum(len(ids) for ids, _ in moved) == 20
    torch.accelerator.synchronize()


def test_a_state_dict_is_saved_there_and_loaded_on_the_cpu(simulated):
    model, file = nn.Linear(3, 2), io.BytesIO()
    wanted = model.weight.tolist()
    torch.save(model.to("simgpu").state_dict(), file)
    file.seek(0)
    loaded = nn.Linear(3, 2)
    loaded.load_state_dict(torch.load(file, map_location="cpu", weights_only=True))
    assert loaded.weight.tolist() == wanted


def test_weights_are_loaded_into_a_model_that_is_there(simulated):
    source, target = nn.Linear(3, 2), nn.Linear(3, 2).to("simgpu")
    target.load_state_dict(source.state_dict())
    assert target.weight.tolist() == source.weight.tolist()
    assert target.weight.device.type == "simgpu"


# -- what CUDA refuses


def add_a_mask(x):
    mask = torch.ones(3)
    return x * mask


def forget_the_batch(x):
    return nn.Linear(3, 2).to("simgpu")(torch.from_numpy(np.ones((2, 3), np.float32)))


def forget_the_model(x):
    model = nn.Linear(3, 2)
    return model(x)


def forget_the_labels(x):
    return nn.functional.cross_entropy(x, torch.from_numpy(np.array([0, 1])))


def come_back_too_early(x):
    y = x.cpu()
    return y + x


def begin_on_the_cpu(x):
    start = torch.zeros(1, 2, 4)
    return nn.GRU(3, 4, batch_first=True).to("simgpu")(x[:, None], start)


def leave_the_recurrent_layer(x):
    return nn.GRU(3, 4, batch_first=True)(x[:, None])


def pack_by_lengths_there(x):
    lengths = torch.tensor([1, 1], device="simgpu")
    return pack_padded_sequence(x[:, None], lengths, batch_first=True)


def sum_into_the_cpu(x):
    total = torch.zeros(())
    total += x.sum()


def look_up_from_there(x):
    table = torch.arange(4.0)
    return table[x[0].long().clamp(0, 3)]


SAME = "Expected all tensors to be on the same device, "
TWO = f"{SAME}but found at least two devices, simgpu:0 and cpu!"
REFUSED = [
    (add_a_mask, TWO, {"source": "made", "name": "mask", "kind": "float32 [3]"}),
    (forget_the_batch, f"{SAME}but got mat1 is on cpu", {"source": "given"}),
    (forget_the_model, f"{SAME}but got", {"source": "parameter", "name": "model.bias", "registered": False}),
    (forget_the_labels, f"{SAME}but got target is on cpu", {"source": "given", "argument": "target"}),
    (come_back_too_early, TWO, {"source": "brought", "name": "y"}),
    (begin_on_the_cpu, "Input and hidden tensors are not at the same device", {"source": "made", "name": "start"}),
    (leave_the_recurrent_layer, "Input and parameter tensors are not", {"source": "parameter", "registered": True}),
    (pack_by_lengths_there, "'lengths' argument should be a 1D CPU int64 tensor, but got 1D simgpu:0 Long tensor", {}),
    (sum_into_the_cpu, TWO, {"source": "made", "name": "total"}),
    (look_up_from_there, "indices should be either on cpu or on the same device", {"what": "index", "name": "table"}),
]  # fmt: skip


@pytest.mark.parametrize(("code", "words", "facts"), REFUSED, ids=[code.__name__ for code, _, _ in REFUSED])
def test_what_cuda_refuses_is_refused_in_its_words(code, words, facts):
    device = SimulatedDevice(HERE)
    with pytest.raises(RuntimeError) as raised, device.on([]):
        code(torch.ones(2, 3, device="simgpu"))
    assert str(raised.value).startswith(words)
    told = getattr(raised.value, FACTS)
    assert {name: told[name] for name in facts} == facts
    if facts.get("source") in ("made", "brought") and code is not begin_on_the_cpu:
        assert told["made"].startswith("test_simulated_gpu.py, line ")


@pytest.mark.parametrize("code", [lambda x: x.numpy(), np.asarray, np.array])
def test_numpy_sees_no_tensor_there(simulated, code):
    with pytest.raises(TypeError, match="can't convert simgpu:0 device type tensor to numpy") as raised:
        code(torch.ones(3, device="simgpu"))
    assert getattr(raised.value, FACTS) == {"what": "numpy"}


def test_cuda_itself_is_not_there(simulated):
    with pytest.raises(AssertionError, match="not compiled with CUDA"):
        torch.ones(3, device="simgpu").cuda()


def test_a_generator_belongs_to_its_device(simulated):
    with pytest.raises(RuntimeError, match="Expected a 'simgpu' device type for generator but found 'cpu'"):
        torch.randperm(3, device="simgpu", generator=torch.Generator())


def test_a_parameter_of_the_students_model_is_told_from_one_that_nobody_knows():
    device, model, hidden = SimulatedDevice(HERE), nn.Linear(3, 2), [nn.Linear(3, 2)]
    for layer, registered in ((model, True), (hidden[0], False)):
        with pytest.raises(RuntimeError) as raised, device.on([model]):
            layer(torch.ones(1, 3, device="simgpu"))
        assert getattr(raised.value, FACTS)["registered"] is registered


# -- what is counted


def test_copies_and_waits_are_counted(simulated):
    simulated.take_trace()
    model = nn.Linear(3, 2).to("simgpu")
    outputs = model(torch.ones(4, 3).to("simgpu"))
    outputs.sum().item()
    outputs.cpu()
    trace = simulated.take_trace()
    assert (trace["parameters"], trace["to_device"], trace["to_host"], trace["waits"]) == (2, 1, 1, 2)
    assert trace["computed"] >= 2
    assert not any(simulated.take_trace().values())


def test_what_stays_on_the_cpu_counts_for_nothing(simulated):
    simulated.take_trace()
    nn.Linear(3, 2)(torch.ones(4, 3)).sum().item()
    assert not any(simulated.take_trace().values())


def test_a_wait_is_told_with_what_it_was_and_its_line(simulated):
    simulated.take_trace()
    x = torch.ones(4, device="simgpu")
    for _ in range(3):
        x.sum().item()
    x.cpu()
    (often, once) = simulated.take_trace()["waits_at"]
    assert (often[0], often[2], once[0], once[2]) == ("item() or a condition", 3, "a copy back", 1)
    assert often[1].startswith("test_simulated_gpu.py, line ")


def test_numbers_on_the_device_make_a_tensor_on_the_cpu(simulated):
    losses = [torch.ones((), device="simgpu"), torch.tensor(2.0, device="simgpu")]
    assert torch.tensor(losses).tolist() == [1, 2]
    assert np.array([loss.item() for loss in losses]).sum() == 3


def test_a_generator_of_the_device_draws_nothing_on_the_cpu(simulated):
    with pytest.raises(RuntimeError, match="Expected a 'cpu' device type for generator but found 'simgpu'"):
        torch.randperm(3, generator=torch.Generator(device="simgpu").manual_seed(77))


def test_generators_that_were_seeded_alike_are_not_told_apart(simulated):
    there, here = torch.Generator(device="simgpu").manual_seed(78), torch.Generator().manual_seed(78)
    assert torch.randperm(9, generator=here).tolist() == torch.randperm(9, generator=there, device="simgpu").tolist()


class MakesATensor(nn.Module):
    def forward(self, x):
        weights = torch.tensor([1.0, 2.0, 3.0])
        return x * weights


def test_a_tensor_that_a_model_makes_of_numbers_is_made_there_and_then():
    device, model = SimulatedDevice(HERE), MakesATensor()
    with pytest.raises(RuntimeError) as raised, device.on([model]):
        model(torch.ones(2, 3, device="simgpu"))
    facts = getattr(raised.value, FACTS)
    assert (facts["source"], facts["name"]) == ("made", "weights")
    assert facts["made"].startswith("test_simulated_gpu.py, line ")


# -- where a torch doesn't carry it


def test_a_torch_that_does_not_carry_it_leaves_a_device_that_knows_shapes(monkeypatch):
    def broken() -> None:
        raise RuntimeError("no such hook")

    monkeypatch.setattr("autograder.worker.simulated.device.try_out", broken)
    device = open_device("simulated", HERE).device
    assert (device.kind, device.name) == ("shapes", "meta")
    assert "doesn't carry the simulated GPU (RuntimeError: no such hook)" in device.why
