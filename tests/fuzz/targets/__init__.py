"""What is fuzzed: each target reads bytes as a stranger may send them, and raises where a promise is broken.

A target knows nothing of the fuzzer: the tests run it on its seeds and on plain mutations of them, ``make fuzz`` by
coverage. ``seeds`` are made by code; what a fuzzer found besides lies in ``tests/fuzz/corpus/NAME/``.
"""

from __future__ import annotations

from targets import answers, archives, frames, texts
from targets.target import Target

TARGETS: dict[str, Target] = {target.name: target for target in (*frames.ALL, *answers.ALL, *archives.ALL, *texts.ALL)}
