"""An auto-graded deep-learning course."""
