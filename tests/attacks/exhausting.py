"""Attacks on the machine: time, memory, disk, processes, and the patience of whoever reads."""

from attacks.declared import attack
from attacks.kit import Path, T, attempt, claim, ctypes, met, os, signal, subprocess, sys, threading, time

SHORT = {"import_seconds": 4, "call_seconds": 4, "fit_seconds": 4, "total_seconds": 12}
LITTLE = {"memory_mb": 700}
TOGETHER = ("resource limits", "watchers")


@attack("predict", "deadlines", limits=SHORT)
def loop_for_ever():
    """time, by a loop that never ends"""
    while True:
        pass


@attack("import", limits=SHORT)
def sleep_at_import():
    """time, by sleeping at import"""
    time.sleep(10_000)


@attack("fit", limits=SHORT)
def ignore_signals():
    """time, by a loop that ignores all signals"""
    for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, set(signal.Signals))
    while True:
        time.sleep(1)


@attack("build", limits=SHORT)
def stop_itself():
    """time, by stopping its own process"""
    os.kill(os.getpid(), signal.SIGSTOP)


@attack("save", limits=SHORT)
def wait_for_a_fifo():
    """time, by opening a pipe that nobody writes to"""
    os.mkfifo("pipe")
    Path("pipe").read_bytes()


@attack("fit", limits=SHORT)
def hang_in_native_code():
    """time, by a call in C that holds the interpreter's lock"""
    ctypes.PyDLL(None).sleep(10_000)


@attack("text", limits=SHORT, only=("1.1", "1.2"))
def drip():
    """time, by work that is never quite done: each call just below its deadline"""
    time.sleep(3.5)


@attack("predict", limits=SHORT)
def never_ending_expression():
    """time, by a regular expression that backtracks for ever"""
    import re

    re.match(r"(a+)+$", "a" * 64 + "b")


@attack("build", "resource limits", "watchers", limits=LITTLE)
def take_all_memory():
    """memory, by one large array"""
    block = bytearray(2_800_000_000)
    block[::4096] = b"x" * len(block[::4096])
    time.sleep(2)
    met(f"nothing: {len(block):,} bytes")


@attack("fit", "watchers", limits=LITTLE)
def take_all_memory_by_children():
    """memory, by children each within its bound"""
    for _ in range(16):
        if os.fork() == 0:
            block = bytearray(200_000_000)
            block[::4096] = b"x" * len(block[::4096])
            time.sleep(30)
            os._exit(0)
    time.sleep(8)


@attack("predict", "watchers", limits=LITTLE)
def take_all_memory_by_maps():
    """memory, by shared mappings that no limit of a process counts"""
    import mmap

    maps = [mmap.mmap(-1, 200_000_000) for _ in range(16)]
    for one in maps:
        one[::4096] = b"x" * len(range(0, len(one), 4096))
    time.sleep(3)


@attack("predict", "watchers", "system calls", limits=LITTLE)
def take_all_memory_by_memory_files():
    """memory, by files that are only in memory (memfd)"""
    for number in range(90):
        file = os.memfd_create(f"{number}")
        for _ in range(35):
            os.write(file, bytes(1_000_000))
    time.sleep(3)
    met("nothing")


@attack("build", "watchers", promised="root")
def fill_shared_memory():
    """memory, by files in /dev/shm"""
    for number in range(60):
        with open(f"/dev/shm/{T.token}-{number}", "wb") as file:
            file.write(bytes(10_000_000))
    time.sleep(3)


@attack("import", "resource limits", "watchers")
def fork_for_ever():
    """processes, by a fork bomb (of 500)"""
    for _ in range(500):
        time.sleep(0.003)
        if os.fork() == 0:
            time.sleep(30)
            os._exit(0)
    time.sleep(3)


@attack("build")
def start_threads_for_ever():
    """threads, until there is no room"""
    for _ in range(3000):
        threading.Thread(target=time.sleep, args=(20,), daemon=True).start()
    met("nothing: 3000 threads")


@attack("save", "resource limits", "watchers")
def write_one_large_file():
    """disk, by one file"""
    with open("large", "wb") as file:
        for _ in range(600):
            file.write(bytes(1_000_000))
    time.sleep(2)


@attack("save", "watchers")
def write_many_files():
    """disk, by files each within its bound"""
    for number in range(60):
        Path(f"file-{number}").write_bytes(bytes(10_000_000))
    time.sleep(3)


@attack("predict", "watchers", limits=LITTLE)
def write_deleted_files():
    """disk, by open files that no folder lists any more"""
    for number in range(300):
        file = os.open(f"file-{number}", os.O_CREAT | os.O_WRONLY)
        os.unlink(f"file-{number}")
        os.write(file, bytes(10_000_000))
    time.sleep(3)
    met("nothing")


@attack("fit", "watchers")
def write_countless_empty_files():
    """inodes, by 100,000 empty files"""
    for number in range(100_000):
        os.close(os.open(f"file-{number}", os.O_CREAT | os.O_WRONLY))
    time.sleep(3)


@attack("import", "output cap")
def print_for_ever():
    """disk and memory, by endless output"""
    os.write(1, b"=" * 70 + b"\n")
    for _ in range(400):
        os.write(1, (b"0123456789" * 7 + b"\n") * 1000)


@attack("predict")
def open_all_files():
    """descriptors, until there are none"""
    kept = []
    while True:
        kept.append(open("/dev/null"))


@attack("predict", limits=LITTLE)
def answer_with_a_gigabyte(honest):
    """the grader's memory, by an answer of a gigabyte"""

    def predict(model, token_ids):
        import numpy as np

        return np.zeros((len(token_ids), 2**26), np.float32)[:, :]

    return {"predict": predict}


@attack("build")
def build_a_gigantic_model(honest):
    """the grader's memory, by a model that claims to have billions of weights"""

    def build_model(**sizes):
        import torch

        model = honest.build_model(**sizes)
        model.more = torch.nn.Parameter(torch.zeros(1).expand(2**40))
        return model

    return {"build_model": build_model}


@attack("build")
def build_a_model_of_countless_parts(honest):
    """the grader's time, by a model with 100,000 weights of one number each"""

    def build_model(**sizes):
        import torch

        model = honest.build_model(**sizes)
        model.more = torch.nn.ParameterList(torch.nn.Parameter(torch.zeros(1)) for _ in range(20_000))
        return model

    return {"build_model": build_model}


@attack("text", only=("1.1", "1.2"))
def answer_with_endless_words(honest):
    """the grader's memory, by a vocabulary of ten million words"""
    return {"build_vocabulary": lambda texts, max_tokens: ["x" * 90] * 10_000_000}


@attack("import", unguarded=True)
def run_out_of_stack():
    """a crash that takes the grader along, by endless recursion in native code"""
    sys.setrecursionlimit(10**9)

    def deeper(n):
        return sorted([n], key=deeper)

    deeper(0)


@attack("fit", unguarded=True)
def crash():
    """a crash that takes the grader along, by a null pointer"""
    ctypes.string_at(0)


@attack("build", limits={"memory_mb": 700})
def unpack_a_bomb():
    """memory, by a few kilobytes that unpack to gigabytes"""
    import zlib

    packed = zlib.compress(bytes(100_000_000), 9)
    kept = [zlib.decompress(packed) for _ in range(20)]
    met(f"nothing: {len(kept)} parts")


@attack("save", "resource limits")
def make_a_sparse_file():
    """a file that looks like a terabyte"""
    with open("sparse", "wb") as file:
        file.truncate(2**40)
    claim(f"has a file of {os.stat('sparse').st_size:,} bytes")
    os.unlink("sparse")


@attack("import", limits=SHORT)
def wait_for_a_program():
    """time, by a program that never ends and holds the line open"""
    subprocess.run(["/bin/sleep", "10000"])
    attempt(os.getpid)
