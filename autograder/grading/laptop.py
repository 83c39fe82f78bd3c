"""Plain ``pytest`` in an assignment's folder: the checks run on the files that lie there, on public data.

``autograder check`` does the same with more comfort. The folder's ``conftest.py`` calls :func:`grade_beside`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from pathlib import Path

import pytest

from autograder.checking.plugin import GradingPlugin
from autograder.checking.verdicts import NotGradable, RestsOn
from autograder.errors import AssignmentError, Finding, SubmissionError
from autograder.grading.session import Grader, public_order


def grade_beside(conftest: str, config: pytest.Config) -> None:
    """Give pytest what the checks of the assignment around this ``conftest.py`` need.

    Raises:
        pytest.UsageError: The assignment or the folder is at fault.
    """
    stack = contextlib.ExitStack()
    config.add_cleanup(stack.close)
    try:
        grading = stack.enter_context(stack.enter_context(Grader()).prepared(public_order(Path(conftest).parent)))
    except (AssignmentError, SubmissionError) as error:
        raise pytest.UsageError(str(error)) from error
    plugin = GradingPlugin(grading)
    config.pluginmanager.register(plugin)
    config.pluginmanager.register(_Feedback(plugin))


class _Feedback:
    """Says what a check found instead of showing the grader's own lines."""

    def __init__(self, plugin: GradingPlugin) -> None:
        self._plugin = plugin

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_collection_modifyitems(self) -> Generator[None, None, None]:
        yield
        if self._plugin.problem is not None:
            raise pytest.UsageError(str(self._plugin.problem))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        error = call.excinfo.value if call.excinfo else None
        if isinstance(error, (RestsOn, NotGradable)):
            report.outcome = "skipped"
            report.longrepr = (str(item.path), (item.location[1] or 0) + 1, str(error))
        elif isinstance(error, SubmissionError):
            report.longrepr = _told(error.finding)
        return report


def _told(finding: Finding) -> str:
    lines = [finding.message]
    lines += [f"{name}: {text}" for name, text in _parts(finding).items() if text]
    return "\n".join(lines)


def _parts(finding: Finding) -> dict[str, str]:
    return {"expected": finding.expected, "found": finding.found, "try": finding.advice, "details": finding.details}
