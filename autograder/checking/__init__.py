"""The checks: pytest runs them, our plugin turns each outcome into a result, and the grader recomputes the facts."""
