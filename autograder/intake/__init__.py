"""Intake: a stranger's folder or archive becomes a clean folder, or a message that says what to do."""

from autograder.intake.entries import SizeLimits
from autograder.intake.submission import Submission, file_names, open_submission

__all__ = ["SizeLimits", "Submission", "file_names", "open_submission"]
