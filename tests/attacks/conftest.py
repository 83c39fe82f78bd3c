"""Makes the package of attacks importable for its tests, as tools/run_attacks.py does for itself."""

import sys
from pathlib import Path

TESTS = str(Path(__file__).parents[1])
if TESTS not in sys.path:
    sys.path.append(TESTS)  # last: folders in there have the names of our packages
