"""The plain zygote where there is no libseccomp: its workers may do what the filter refuses, such as leave a session.

What ends whatever a worker left has to do so without the filter's help.
"""

from __future__ import annotations

import runpy
from pathlib import Path

from autograder.sandbox import system_calls

if __name__ == "__main__":
    system_calls.pyseccomp = None
    runpy.run_path(str(Path(__file__).with_name("plain_zygote.py")), run_name="__main__")
