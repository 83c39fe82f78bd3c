"""The fuzzer's modules lie beside this file; it is started as a program, so they import each other by bare names."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
