"""The command line as it is, with zygotes that have no framework: grading starts in a tenth of the time.

``AUTOGRADER_BROKEN=torch`` makes one of them the real one, in an environment that has no such framework.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from autograder.cli import app
from autograder.student.zygotes import Zygote

PLAIN = Path(__file__).parents[1] / "student" / "plain_zygote.py"
WITHOUT = "import sys; sys.modules['torch'] = None; from autograder.worker.zygote import main; main()"


def command(zygote: Zygote) -> list[str]:
    """How a zygote is started."""
    broken = zygote.framework.value == os.environ.get("AUTOGRADER_BROKEN")
    return [sys.executable, "-I", *(["-c", WITHOUT] if broken else [str(PLAIN)])]


if __name__ == "__main__":
    Zygote._command = command
    app.main()
