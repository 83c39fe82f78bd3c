"""For `bench.py` alone: a zygote whose workers aren't confined, to measure what confining costs. It guards nothing."""

from __future__ import annotations

from autograder.worker import birth, zygote

if __name__ == "__main__":
    birth.confine = lambda _policy: {}
    birth.probe = lambda *_: []
    zygote.main()
