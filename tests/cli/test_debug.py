"""``autograder check --debug`` in a real terminal: a breakpoint of the student's stops there, and goes on."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time

import pytest

PATIENCE = 120.0
STOPPING = """\
def build_vocabulary(texts, max_tokens):
    shape = (len(texts), 41 + 1)
    breakpoint()
    return ["right"]
"""


class Typed:
    """The command in a terminal of its own, whose foreground it has."""

    def __init__(self, arguments, cwd):
        self.pid, self.line = pty.fork()
        if self.pid == 0:
            os.chdir(cwd)
            os.execv(sys.executable, [sys.executable, "-m", "autograder", *arguments])
        self.said = ""

    def until(self, words):
        deadline = time.monotonic() + PATIENCE
        while words not in self.said:
            assert time.monotonic() < deadline, self.said
            if select.select([self.line], [], [], 1)[0]:
                try:
                    self.said += os.read(self.line, 4096).decode("utf-8", "replace")
                except OSError:  # the terminal's other side is closed
                    assert words in self.said, self.said
        before, _, self.said = self.said.partition(words)
        return before

    def type(self, words):
        os.write(self.line, f"{words}\n".encode())

    def end(self):
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


@pytest.fixture
def terminal(mini):
    for file in mini.submit(torch=STOPPING).iterdir():
        (mini.assignment / file.name).write_bytes(file.read_bytes())
    return Typed(["check", "--only", "1.10", "--debug", "--framework", "torch"], mini.assignment)


def test_a_breakpoint_stops_in_the_students_line_and_goes_on(terminal):
    assert "no points, and not confined" in " ".join(terminal.until("(Pdb) ").split())
    terminal.type("p shape")
    assert "(1, 42)" in terminal.until("(Pdb) ")
    terminal.type("c")
    terminal.until("1.10 in both frameworks: passed")
    terminal.until("Remove the calls of breakpoint()")
    assert terminal.end() == 0


def test_quitting_and_ctrl_c_are_the_debuggers(terminal):
    terminal.until("(Pdb) ")
    terminal.type("\x03")
    terminal.until("(Pdb) ")
    terminal.type("q")
    terminal.until("Left the debugger.")
    assert terminal.end() == 0


def test_without_a_terminal_or_a_number_it_says_what_it_needs(autograder, mini):
    assert "--debug needs a terminal" in autograder("check", "--only", "1.1", "--debug", cwd=mini.assignment).err
    assert (
        "name one, as in autograder check --only 2.3 --debug" in autograder("check", "--debug", cwd=mini.assignment).err
    )


@pytest.mark.parametrize("command", ["grade", "gradescope", "verify"])
def test_no_grading_can_ask_for_it(command):
    said = subprocess.run(
        [sys.executable, "-m", "autograder", command, "--help"], capture_output=True, text=True, check=True
    )
    assert "--debug" not in said.stdout
