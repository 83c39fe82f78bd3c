"""Submissions that attack the grader, and a judge that looks at what came of them. `make attacks` runs all of them."""
