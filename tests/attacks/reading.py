"""Attacks that want to know: hidden labels, the solution, other submissions, the grader's environment and memory."""

from attacks.declared import attack
from attacks.kit import Path, T, attempt, claim, ctypes, loot, os, re, subprocess, sys, syscall, threading

FILES = ("other user", "file system")
PROCESS = ("other user", "file system")


@attack("fit", *FILES)
def read_hidden_labels():
    """the hidden labels, by their path"""
    loot(Path(T.answers).read_text())


@attack("predict", *FILES)
def read_hidden_labels_through_a_link():
    """the hidden labels, by a link in its own folder"""
    os.symlink(T.answers, "innocent.txt")
    loot(Path("innocent.txt").read_text())


@attack("build", *FILES)
def read_hidden_labels_through_a_hard_link():
    """the hidden labels, by a second name in its own folder"""
    os.link(T.answers, "innocent.txt")
    loot(Path("innocent.txt").read_text())


@attack("predict", *FILES)
def read_hidden_labels_by_memory_map():
    """the hidden labels, by torch.from_file and numpy.memmap"""
    import numpy as np
    import torch

    attempt(lambda: loot(bytes(np.memmap(T.answers, mode="r")).decode()))
    loot(bytes(torch.from_file(T.answers, size=60, dtype=torch.uint8).numpy()).decode())


@attack("import", *FILES)
def read_hidden_labels_by_a_program():
    """the hidden labels, by cat"""
    done = subprocess.run(["/bin/cat", T.answers], capture_output=True, text=True)
    loot(done.stdout)
    raise PermissionError(13, done.stderr)


@attack("fit", *FILES)
def read_hidden_labels_after_chmod():
    """the hidden labels, after opening their folder to all"""
    attempt(os.chmod, T.hidden, 0o777)
    attempt(os.chown, T.hidden, os.getuid(), os.getgid())
    attempt(os.setuid, 0)
    loot(Path(T.answers).read_text())


@attack("fit", *FILES)
def read_hidden_labels_in_a_thread():
    """the hidden labels, in a thread of its own"""
    found = []
    thread = threading.Thread(target=lambda: found.append(attempt(Path(T.answers).read_text)))
    thread.start()
    thread.join()
    loot(found)


@attack("import", *PROCESS)
def read_hidden_labels_through_the_graders_root():
    """the hidden labels, through /proc/GRADER/root"""
    loot(Path(f"/proc/{T.grader}/root{T.answers}").read_text())


@attack("import", *FILES)
def search_all_folders():
    """anything of interest below the grader's folders"""
    found = 0
    for top in (T.place, T.temporary, str(Path(T.solution).parent), "/root", "/home"):
        for folder, _, names in os.walk(top):
            for name in names[:100]:
                path = Path(folder, name)
                if path.suffix in (".py", ".txt", ".csv", ".toml", ".json") and path.stat().st_size < 100_000:
                    text = attempt(path.read_text)
                    found += text is not None
                    loot([word for word in (text or "").split() if "hidden-" in word or "other-" in word])
    loot(f"{found} files")


@attack("build", *FILES)
def read_the_solution():
    """the course's own solution"""
    loot(Path(T.solution, "torch_text_cnn.py").read_text()[-300:])


@attack("build", *FILES)
def import_the_solution():
    """the course's own solution, imported in place of one's own"""
    sys.path.insert(0, T.solution)
    import importlib

    sys.modules.pop("torch_text_cnn", None)
    loot(getattr(importlib.import_module("torch_text_cnn"), "LESSON", "its own module again"))


@attack("import", *FILES)
def read_another_submission():
    """another student's work"""
    loot(Path(T.other).read_text())


@attack("import", "clean environment")
def read_its_own_environment():
    """the course's access token, in its own environment"""
    loot(dict(os.environ))


@attack("import", *PROCESS)
def read_the_graders_environment():
    """the course's access token, in the grader's environment"""
    loot(Path(f"/proc/{T.grader}/environ").read_text())


@attack("build", *PROCESS, "clean environment")
def read_the_zygotes_environment():
    """the course's access token, in the environment of the process that it was forked from"""
    loot(Path(f"/proc/{os.getppid()}/environ").read_text())


@attack("predict", *PROCESS)
def read_the_graders_memory():
    """what the grader holds in memory, through /proc/GRADER/mem"""
    with open(f"/proc/{T.grader}/maps") as maps, open(f"/proc/{T.grader}/mem", "rb", 0) as memory:
        for line in maps:
            area = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw", line)
            if area:
                start, end = (int(number, 16) for number in area.groups())
                memory.seek(start)
                part = attempt(memory.read, min(end - start, 2**26)) or b""
                found = re.search(T.memory.encode() + rb"[0-9a-f]{16}", part)
                if found:
                    loot(found.group().decode())
                    return


@attack("fit", *PROCESS, "system calls")
def read_the_graders_memory_by_a_call():
    """what the grader holds in memory, through process_vm_readv"""
    buffer = ctypes.create_string_buffer(2**20)

    class Vector(ctypes.Structure):
        _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))

    for line in Path(f"/proc/{T.grader}/maps").read_text().splitlines():
        area = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw", line)
        start, end = (int(number, 16) for number in area.groups()) if area else (0, 0)
        for at in range(start, min(end, start + 2**27), 2**20):
            mine, its = Vector(ctypes.addressof(buffer), 2**20), Vector(at, min(2**20, end - at))
            n = attempt(syscall, "process_vm_readv", T.grader, ctypes.byref(mine), 1, ctypes.byref(its), 1, 0) or 0
            found = re.search(T.memory.encode() + rb"[0-9a-f]{16}", buffer.raw[:n])
            if found:
                loot(found.group().decode())
                return


@attack("fit", *PROCESS, "system calls")
def debug_the_grader():
    """the grader itself, by ptrace"""
    syscall("ptrace", 16, T.grader, 0, 0)  # PTRACE_ATTACH
    claim("attached to the grader")
    syscall("ptrace", 17, T.grader, 0, 0)


@attack("build", *PROCESS, "system calls")
def take_the_graders_descriptors():
    """files and sockets that the grader has open, by pidfd_getfd"""
    process = os.pidfd_open(T.grader)
    for descriptor in range(20):
        if attempt(syscall, "pidfd_getfd", process, descriptor, 0) is not None:
            claim(f"took descriptor {descriptor} of the grader")
            return


@attack("save", *PROCESS)
def open_the_graders_descriptors():
    """files that the grader has open, through /proc/GRADER/fd"""
    for name in os.listdir(f"/proc/{T.grader}/fd"):
        claim(f"sees descriptor {name} of the grader")
        return


@attack("import")
def read_inherited_descriptors():
    """whatever was left open for it"""
    for name in os.listdir("/proc/self/fd"):
        place = attempt(os.readlink, f"/proc/self/fd/{name}") or ""
        if place and int(name) > 3 and "/proc/" not in place:
            claim(f"inherited {name}: {place}")
        if place.startswith("/") and int(name) > 3:
            os.lseek(int(name), 0, 0)
            loot(os.read(int(name), 10000).decode("utf-8", "replace"))


@attack("fit")
def look_for_labels_in_memory():
    """hidden labels in its own memory: all objects, all frames"""
    import gc

    frame, names = sys._getframe(), set()
    while frame is not None:
        names |= frame.f_locals.keys()
        frame = frame.f_back
    held = [thing for thing in gc.get_objects() if isinstance(thing, dict) and "test_labels" in thing]
    if held or "test_labels" in names:
        claim("found labels of the test texts")
    for module in ("autograder.datasets", "autograder.checking", "autograder.blueprint", "autograder.grading"):
        if module in sys.modules:
            claim(f"{module} is loaded beside it")


@attack("load", *PROCESS)
def read_the_other_workers_files():
    """the code and scratch of the course's own run beside it"""
    for folder in Path(T.temporary).glob("autograder-grading-submission-*/reference"):
        loot(Path(folder, "torch_text_cnn.py").read_text()[-300:])
    raise PermissionError(13, "nothing to see") if not os.access(T.temporary, os.R_OK) else FileNotFoundError(2, "none")


@attack("fit", only=("3.4", "3.5"))
def make_the_hidden_texts_again():
    """hidden texts, made anew by the framework's own generator from likely seeds"""
    from autograder.datasets.load import load_dataset

    data = load_dataset("builtin", path=None, train=20, test=5, seed=2**32 + 1)
    loot(data.test.labels)
