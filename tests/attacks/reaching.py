"""Attacks on the grader's life: signals, priorities, limits, and its tools, checks and results on the disk."""

from attacks.declared import attack
from attacks.kit import Path, T, attempt, claim, ctypes, met, os, signal, socket, struct, syscall

SIGNAL = ("other user", "file system", "system calls")  # Landlock keeps signals in, too (since Linux 6.12)
PROCESS = ("other user", "file system")
CALLS = ("other user", "system calls")  # what Landlock doesn't look at
DISK = ("other user", "file system")


@attack("build", *SIGNAL)
def kill_the_grader():
    """the grader's end, by SIGKILL"""
    os.kill(T.grader, signal.SIGKILL)


@attack("predict", *SIGNAL)
def stop_the_grader():
    """the grader's standstill, by SIGSTOP"""
    os.kill(T.grader, signal.SIGSTOP)


@attack("import", *SIGNAL)
def kill_by_descriptor():
    """the grader's end, by pidfd_send_signal"""
    syscall("pidfd_send_signal", os.pidfd_open(T.grader), signal.SIGKILL, 0, 0)


@attack("fit", *SIGNAL)
def kill_a_thread_of_the_grader():
    """the grader's end, by tgkill"""
    syscall("tgkill", T.grader, T.grader, signal.SIGKILL)


@attack("build", *SIGNAL)
def queue_a_signal():
    """the grader's end, by rt_sigqueueinfo"""
    info = struct.pack("iii", signal.SIGTERM, 0, -1) + bytes(116)
    syscall("rt_sigqueueinfo", T.grader, signal.SIGTERM, info)


@attack("predict", *SIGNAL)
def kill_by_ownership_of_a_socket():
    """the grader's end, by the signal that a socket sends to its owner (F_SETOWN)"""
    import fcntl

    mine, other = socket.socketpair()
    fcntl.fcntl(mine, fcntl.F_SETOWN, T.grader)
    fcntl.fcntl(mine, 10, signal.SIGKILL)  # F_SETSIG
    fcntl.fcntl(mine, fcntl.F_SETFL, fcntl.fcntl(mine, fcntl.F_GETFL) | os.O_ASYNC)
    other.send(b"x")
    met("a signal that isn't delivered")


@attack("import", *SIGNAL)
def kill_the_zygote():
    """the end of the process that it was forked from"""
    parent = os.getppid()
    os.kill(parent, signal.SIGKILL)
    claim("killed the zygote")


@attack("fit", *SIGNAL, unguarded=True)
def kill_all():
    """the end of every process that there is"""
    everybody = os.getuid() in range(20000, 60000)  # else that would be the judge's own user
    os.kill(-1 if everybody else T.grader, signal.SIGTERM)


@attack("build", unguarded=True)
def kill_its_group():
    """the end of its process group, which might be the grader's"""
    os.killpg(0, signal.SIGKILL)


@attack("fit", *CALLS)
def bound_the_graders_files():
    """a grader that can open no file any more, by prlimit"""
    import resource

    resource.prlimit(T.grader, resource.RLIMIT_NOFILE, (16, 16))


@attack("fit", *CALLS)
def move_the_grader():
    """a grader on one processor, by sched_setaffinity"""
    os.sched_setaffinity(T.grader, {min(os.sched_getaffinity(0))})


@attack("predict", *CALLS)
def slow_the_grader():
    """a grader that comes last, by setpriority"""
    os.setpriority(os.PRIO_PROCESS, T.grader, 15)


@attack("predict", *CALLS)
def slow_the_graders_disk():
    """a grader whose files come last, by ioprio_set"""
    syscall("ioprio_set", 1, T.grader, 3 << 13)


@attack("build", *PROCESS)
def offer_the_grader_to_the_kernel():
    """a grader that goes first when memory is short, by /proc/GRADER/oom_score_adj"""
    Path(f"/proc/{T.grader}/oom_score_adj").write_text("1000")


@attack("predict", *DISK)
def write_the_results():
    """full points, written to results.json"""
    Path(T.results, "results.json").write_text('{"score": 100}')
    claim("wrote results.json")


@attack("build", *DISK)
def swap_the_results_folder():
    """full points, in a folder that takes the place of the results'"""
    os.rename(T.results, T.marker + "/old")
    os.mkdir(T.results)


@attack("save", *DISK)
def plant_a_file_among_the_results():
    """a file of its own beside results.json"""
    Path(T.results, "more.json").write_text("{}")


@attack("import", *DISK)
def change_the_framework():
    """a module of its own in the grader's package"""
    Path(T.package, f"{T.token}.py").write_text("")


@attack("fit", *DISK)
def change_the_checks():
    """checks that pass whatever comes"""
    for path in Path(T.assignment, "checks").glob("test_*.py"):
        path.write_text(path.read_text() + "\n# changed\n")


@attack("build", *DISK)
def change_the_data():
    """hidden data of its own"""
    Path(T.hidden, "test.csv").write_text("text,label\nword1,good\n")


@attack("save", *DISK)
def change_the_thresholds():
    """bounds of its own in assignment.toml"""
    path = Path(T.assignment, "assignment.toml")
    path.write_text(path.read_text().replace("0.9", "0.1"))


@attack("import", *DISK)
def change_the_other_submission():
    """another student's work, spoilt"""
    path = Path(T.other)
    path.write_text(path.read_text())
    claim("changed another submission")


@attack("import", *DISK)
def leave_a_file_for_the_next():
    """a module that the next submission would import, in folders for everybody"""
    for folder in (T.marker, "/tmp", "/var/tmp"):
        attempt(Path(folder, f"{T.token}.py").write_text, "print('here')")


@attack("fit", "burial", promised="root")
def leave_memory_for_the_next():
    """files in /dev/shm, for the next submission or to fill the memory"""
    Path("/dev/shm", T.token).write_bytes(bytes(1000))
    met("nothing; it is wiped")


@attack("fit", "burial", "system calls")
def leave_shared_memory_for_the_next():
    """System V shared memory, which outlives its process"""
    syscall("shmget", 0x41540001, 4096, 0o1666)
    met("nothing; it is removed")


@attack("fit", "burial", "system calls")
def leave_a_message_queue_for_the_next():
    """a System V message queue, which outlives its process"""
    syscall("msgget", 0x41540002, 0o1666)
    met("nothing; it is removed")


@attack("predict", *DISK)
def write_into_its_own_code():
    """code that changes between two calls, in the folder that it was imported from"""
    path = Path(__file__)
    path.write_text(path.read_text() + "\n")
    claim("changed its own file")


@attack("import", *PROCESS)
def take_the_users_lock():
    """the lock by which workers' users are told apart"""
    for folder in ("/run/autograder-users", "/tmp/autograder-users"):
        if attempt(os.listdir, folder) is not None:
            claim("sees the locks of users")


@attack("import", "other user", "file system", "system calls")
def mount_something():
    """a file system of its own, mounted over the results"""
    syscall("mount", b"none", T.results.encode(), b"tmpfs", 0, 0)
    claim("mounted a file system")


@attack("import")
def become_root():
    """root's rights: setuid, capabilities, su"""
    attempt(os.setresuid, 0, 0, 0)
    attempt(os.setgroups, [0])
    attempt(os.chroot, ".")
    if os.getuid() >= 20000 and os.geteuid() == 0:
        claim("is root")
    path = Path("shell")
    path.write_bytes(Path("/bin/sh").read_bytes())
    path.chmod(0o4755)
    attempt(os.chown, path, 0, 0)
    if path.stat().st_uid == 0 and os.getuid() >= 20000:
        claim("made a program that runs as root")


@attack("import")
def clear_the_way_to_survive():
    """life after the grader, by clearing PDEATHSIG and claiming what ends"""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(1, 0, 0, 0, 0)
    met("nothing; the zygote ends it all the same")
