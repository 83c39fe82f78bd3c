"""A warning names a line of the student's file, whoever's line called what warned."""

from __future__ import annotations

import numpy as np

CALLED_FROM_OUTSIDE = """
import warnings

def build_model(*, length, num_classes):
    warnings.warn("mind this", stacklevel=2)
    return {}
"""
IN_A_LIBRARY = """
import numpy as np

def build_model(*, length, num_classes):
    np.mean([])
    return {}
"""
BY_WHAT_IS_RETURNED = """
import warnings
import numpy as np
warnings.simplefilter("always")

def build_model(*, length, num_classes):
    return {"w": np.ones(1)}

def fit(model, token_ids, labels, *, epochs):
    return [np.complex128(1)]
"""


def build(module):
    return module.build({"length": 3, "num_classes": 2})


def test_of_a_function_that_names_its_caller(submit):
    build(module := submit(CALLED_FROM_OUTSIDE))
    assert module.printed() == 'work.py:5: UserWarning: mind this\n  warnings.warn("mind this", stacklevel=2)\n'


def test_of_a_library_that_a_line_called(submit):
    build(module := submit(IN_A_LIBRARY))
    assert "work.py:5: RuntimeWarning: Mean of empty slice" in module.printed()
    assert "site-packages" not in module.printed()


def test_of_what_a_function_returned(submit):
    """NumPy warns where the worker makes a real number of a complex one, after the student's function has ended."""
    model = build(module := submit(BY_WHAT_IS_RETURNED))
    model.fit(np.ones((1, 3), np.int64), np.zeros(1, np.int64), epochs=1)
    assert "work.py:9: ComplexWarning: Casting complex values" in module.printed()
    assert "def fit" in module.printed()
    assert "service.py" not in module.printed()
