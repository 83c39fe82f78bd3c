"""Release: what students receive is derived from the master source, and proved not to drift from it."""

from autograder.release.markers import strip_solution
from autograder.release.stubs import drift, stub_files, write_stubs

__all__ = ["drift", "strip_solution", "stub_files", "write_stubs"]
