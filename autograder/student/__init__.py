"""The grader's handle on a submission: it asks confined workers, and believes only what it can check."""
