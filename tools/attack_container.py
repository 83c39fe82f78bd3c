"""Runs the attacks inside the project's own image, with default capabilities: started by `make attacks-container`.

As root, as Gradescope does, and as an ordinary user. The image is the one of `make container`; the repository is
mounted into it for the attacks, which are in no image. Arguments go to tools/run_attacks.py.
"""

from __future__ import annotations

import shutil
import sys

from container_test import IMAGE, TOP, build, run

REPOSITORY = "/repository"
USERS = ("0:0", "65534:65534")


def main() -> int:
    """0 if all attacks were held, or if there is no engine."""
    if shutil.which("docker") is None or run("docker", "version", quiet=True).returncode:
        print("No Docker engine is found here: the attacks in a container are skipped.")
        return 0
    build(TOP, IMAGE)
    return max(attack_as(user, sys.argv[1:]) for user in USERS)


def attack_as(user: str, arguments: list[str]) -> int:
    print(f"In the image, as {user}:", flush=True)
    return run(
        *("docker", "run", "--rm", "--network=none", "--user", user, "--volume", f"{TOP}:{REPOSITORY}:ro"),
        *("--workdir", "/tmp", "--env", "PYTHONDONTWRITEBYTECODE=1", "--entrypoint", "python"),
        *(IMAGE, f"{REPOSITORY}/tools/run_attacks.py", *arguments),
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
