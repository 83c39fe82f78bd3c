"""Channels: each renders :class:`autograder.report.Report` for one kind of reader, and decides nothing.

- :mod:`~autograder.reporters.gradescope`: ``results.json``.
- :mod:`~autograder.reporters.terminal`: coloured text, down to a dumb terminal.
- :mod:`~autograder.reporters.html`: one self-contained page.
- :mod:`~autograder.reporters.markdown`: the summary of a job on GitHub.
- :mod:`~autograder.reporters.write`: files that are whole or not there.
"""
