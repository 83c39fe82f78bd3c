"""Workers with the machine's own GPU, on a machine that has none: the driver's files are made up, the card is said."""

from __future__ import annotations

import json
import os

import pytest

from autograder.errors import Finding, InternalError, SubmissionError
from autograder.report import DeviceUse
from autograder.sandbox import accelerators
from autograder.student.values import DeviceInUse
from autograder.student.worker import Worker
from autograder.student.zygotes import worker_environment

CARD = DeviceInUse("cuda", "cuda", "a card")
SIMULATED = DeviceInUse("simulated", "simgpu", "a simulated GPU")

# Says which cards it may see.
LOOKS = """
import json, os

def build_vocabulary(texts, max_tokens):
    print(texts[0])
    return [json.dumps(os.environ.get("CUDA_VISIBLE_DEVICES"))]
"""


@pytest.fixture
def with_gpu(monkeypatch):
    monkeypatch.setattr(accelerators, "may_have_gpu", lambda: True)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


def cards(module) -> str | None:
    return json.loads(module.build_vocabulary(["looked"], 1)[0])


def test_cards_are_hidden_from_ordinary_workers(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3")
    environment = worker_environment("/home")
    assert environment["CUDA_VISIBLE_DEVICES"] == "-1"
    assert "PYTORCH_NVML_BASED_CUDA_CHECK" not in environment


def test_a_schedulers_choice_of_cards_holds_for_device_workers(monkeypatch):
    chosen = {"CUDA_VISIBLE_DEVICES": "3", "CUDA_DEVICE_ORDER": "PCI_BUS_ID"}
    for name, value in chosen.items():
        monkeypatch.setenv(name, value)
    hidden, shown = worker_environment("/home"), worker_environment("/home", gpu=True)
    more = {"PYTORCH_NVML_BASED_CUDA_CHECK": "1", "TF_FORCE_GPU_ALLOW_GROWTH": "true"}
    assert shown == {**hidden, **more, **chosen}
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES")
    assert "CUDA_VISIBLE_DEVICES" not in worker_environment("/home", gpu=True)


def test_without_a_gpu_the_device_is_simulated_and_no_zygote_started(submit, new_zygote, monkeypatch):
    monkeypatch.setattr(accelerators, "may_have_gpu", lambda: False)
    zygote = new_zygote()
    other = submit(LOOKS, zygote=zygote).another(device="real")
    assert other.device == SIMULATED  # and no word on why: there is nothing better
    assert cards(other) == "-1"
    assert not other._policy.gpu
    assert zygote._with_gpu is None


def test_the_cpu_itself_may_be_asked_for_too(submit, with_gpu):
    assert submit(LOOKS).another(device="cpu").device == DeviceInUse("cpu", "cpu", "the CPU itself")


@pytest.mark.parametrize("may_fork", [True, False])
def test_with_a_gpu_the_device_worker_alone_sees_it(submit, new_zygote, with_gpu, may_fork):
    zygote = new_zygote(may_fork=may_fork)
    own = submit(LOOKS, zygote=zygote)
    assert cards(own) == "-1"
    assert zygote._with_gpu is None  # not needed so far
    real, simulated = own.another(device="real"), own.another(device="simulated")
    assert (real.device, simulated.device) == (CARD, SIMULATED)
    assert [cards(module) for module in (own, real, simulated, real.another())] == ["-1", None, "-1", "-1"]
    assert [module._policy.gpu for module in (own, real, simulated)] == [False, True, False]
    assert own.printed().count("looked") == 5


def test_the_zygote_with_the_gpu_is_one_and_ends_with_the_other(new_zygote):
    zygote = new_zygote()
    other = zygote.with_gpu()
    assert other.gpu
    assert other is zygote.with_gpu() is other.with_gpu()
    process = other._process
    zygote.close()
    assert process.poll() is not None
    zygote.close()  # as the fixture does


def test_what_the_devices_were_is_collected_once_each(students, with_gpu):
    student = students(LOOKS)
    module = student.module(next(iter(student._modules)))
    assert student.devices() == ()
    wanted = ["real", "simulated", "real", ""]
    for other in [module.another(device=device) for device in wanted]:
        other.worker()
    module.another(device="real")  # never used
    assert student.devices() == (
        DeviceUse("torch", "cuda", "a card"), DeviceUse("torch", "simulated", "a simulated GPU"),
    )  # fmt: skip


def test_a_device_that_cannot_be_opened_is_no_mistake_of_the_students(submit, with_gpu, monkeypatch):
    call = Worker.call

    def failing(self, method, *arguments, **more):
        if method == "open_device":
            raise SubmissionError(Finding("the driver said no"))
        return call(self, method, *arguments, **more)

    own = submit(LOOKS)
    monkeypatch.setattr(Worker, "call", failing)
    with pytest.raises(InternalError, match="PyTorch has no device for its checks: the driver said no"):
        own.another(device="real").worker()
    assert cards(own) == "-1"


def test_opening_a_device_takes_no_time_of_the_submissions(submit, with_gpu):
    own = submit("")
    own.worker()
    before, asked = own.bench.allowance.left, []
    ask = own.bench.ask
    own.bench.ask = lambda worker, method, *more, **named: (asked.append(method), ask(worker, method, *more, **named))
    assert own.another(device="real").device == CARD
    assert asked == ["import_module"]
    assert own.bench.allowance.left < before


@pytest.mark.skipif(os.path.exists("/dev/nvidiactl"), reason="this machine has a card")  # noqa: PTH110 - one name
def test_torch_itself_without_a_card_is_simulated_and_says_why(submit, torch_zygote, with_gpu):
    found = submit("import torch", zygote=torch_zygote).another(device="real").device
    assert (found.kind, found.label) == ("simulated", "a simulated GPU")
    assert "finds no GPU on this machine" in found.why


def test_all_workers_end_with_the_student(students, with_gpu):
    student = students(LOOKS)
    module = student.module(next(iter(student._modules)))
    served = [module, module.another(device="real"), module.another().another()]
    workers = [each.worker() for each in served]
    student.close()
    assert not any(worker.alive for worker in workers)
