"""A worker without walls, for a student's own code on their own machine: a debugger has the terminal in it.

It inherits the terminal, and is confined by nothing. No grading starts one; ``autograder check --debug`` does.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sys

from autograder.protocol.channel import Channel
from autograder.protocol.frames import MAX_ANSWER_HEADER
from autograder.worker import adapters
from autograder.worker.own_modules import hide_the_rest
from autograder.worker.serve import serve
from autograder.worker.service import Service, tell_students_lines_in


def main() -> None:
    """Entry point of ``python -m autograder.worker.bare --framework F --channel FD --folder FOLDER``."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--framework", required=True)
    parser.add_argument("--channel", type=int, required=True)
    parser.add_argument("--folder", required=True)
    options = parser.parse_args()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever started us ignores it, and so would we
    sys.dont_write_bytecode = True
    adapter = adapters.load(options.framework)
    adapter.prepare()
    hide_the_rest()
    service = Service(adapter, options.folder)
    tell_students_lines_in(service, options.folder)
    serve(Channel(socket.socket(fileno=options.channel), sends=MAX_ANSWER_HEADER), service, options.folder)
    os._exit(0)


if __name__ == "__main__":
    main()
