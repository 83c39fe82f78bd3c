"""The confined side: the only part of the package that imports a framework or a line of the student's code."""
