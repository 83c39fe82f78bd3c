"""Proof that an assignment grades rightly: its solution, stub, known mistakes and correct variants, all graded."""
