"""Grades one submission from end to end: intake, workers, pytest, report."""
