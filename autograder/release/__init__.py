"""Release: what students receive is derived from the master source, and proved not to drift from it."""

from autograder.release.markers import strip_solution
from autograder.release.masters import master_sources, write_modules
from autograder.release.stubs import drift, stub_files, write_stubs

__all__ = ["drift", "master_sources", "strip_solution", "stub_files", "write_modules", "write_stubs"]
