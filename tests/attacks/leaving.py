"""Attacks that outlive their grading, or end it early."""

from attacks.declared import attack
from attacks.kit import T, ctypes, met, os, signal, subprocess, sys, threading, time


@attack("fit", "burial")
def leave_a_daemon():
    """life after the grading, by a daemon (two forks and a session of its own)"""
    if os.fork() == 0:
        try:
            os.setsid()
        except OSError as error:
            met(f"EPERM ({error.strerror}), and then: nothing")
        if os.fork() == 0:
            time.sleep(600)
        os._exit(0)
    time.sleep(0.3)
    met("nothing; it is ended with its worker")


@attack("build", "burial")
def leave_a_daemon_that_hides():
    """life after the grading, by a daemon without name, parent, channel and output"""
    if os.fork() == 0:
        libc = ctypes.CDLL(None)
        libc.prctl(1, 0, 0, 0, 0)
        libc.prctl(15, b"kworker", 0, 0, 0)
        os.closerange(0, 256)
        for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        try:
            os.setsid()
        except OSError:
            pass
        if os.fork() == 0:
            time.sleep(600)
        os._exit(0)
    time.sleep(0.3)
    met("nothing; it is ended with its worker")


@attack("predict", "burial")
def leave_a_daemon_that_comes_again():
    """life after the grading, by a daemon that always forks before it ends"""
    if os.fork() == 0:
        until = time.time() + 60
        while time.time() < until:
            if os.fork():
                os._exit(0)
            time.sleep(0.02)
        os._exit(0)
    time.sleep(0.5)
    met("nothing; it is ended with its worker")


@attack("import", "burial")
def leave_a_program():
    """life after the grading, by a program without environment"""
    subprocess.Popen(["/usr/bin/env", "-i", "/bin/sleep", "600"], start_new_session=False)
    met("nothing; it is ended with its worker")


@attack("save", "burial")
def write_later():
    """the saved folder, changed by a daemon while it travels to another process"""
    if os.fork() == 0:
        until = time.time() + 20
        while time.time() < until:
            for name in os.listdir("."):
                path = f"{name}/weights.pt"
                try:
                    os.rename(path, f"{path}.{T.token}")
                except OSError:
                    continue
        os._exit(0)
    met("nothing")


@attack("import", unguarded=True)
def exit_at_once():
    """a grade without grading, by exit status 0"""
    os._exit(0)


@attack("build", unguarded=True)
def exit_politely():
    """a grade without grading, by sys.exit(0)"""
    sys.exit(0)


@attack("import", only=("2.1", "3.4", "3.5"))
def exit_later():
    """a grade without grading, by a thread that ends the process while fit runs"""
    threading.Thread(target=lambda: (time.sleep(0.2), os._exit(0)), daemon=True).start()


@attack("predict", unguarded=True)
def exit_at_exit():
    """a grade without grading, by a handler at the interpreter's end"""
    import atexit

    atexit.register(lambda: os._exit(0))
    raise SystemExit(0)


@attack("fit", unguarded=True)
def kill_itself():
    """a grader's error, which costs no points, by SIGKILL of its own process"""
    os.kill(os.getpid(), signal.SIGKILL)


@attack("import", unguarded=True)
def raise_something_odd():
    """a grader's error, which costs no points, by an exception that breaks whoever looks at it"""

    class Odd(BaseException):
        def __str__(self):
            raise self

        __repr__ = __str__

        @property
        def __class__(self):
            raise self

    raise Odd


@attack("predict")
def become_another_program():
    """a grade without grading, by a program in the place of its process"""
    os.execv("/bin/true", ["/bin/true"])
