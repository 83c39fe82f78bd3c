"""Training curves as coordinates, for the page to draw as SVG: for two lines, matplotlib takes too long to import."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from autograder.report import Curve
from autograder.reporters.words import framework

WIDTH, HEIGHT = 420, 240
LEFT, RIGHT, TOP, BOTTOM = 50, 14, 12, 42  # room for the axes' labels, in the same units
_MOST_POINTS = 200
_BEYOND_SENSE = 1e30


@dataclass(frozen=True)
class Line:
    """One curve. ``pieces`` are SVG point lists: more than one where a loss in between is not a finite number."""

    label: str
    reference: bool
    pieces: tuple[str, ...]
    dots: tuple[tuple[float, float], ...]
    caption: str


@dataclass(frozen=True)
class Tick:
    """A mark on an axis: where, and what it reads."""

    at: float
    label: str


@dataclass(frozen=True)
class Plot:
    """All curves of one framework on one pair of axes."""

    title: str
    lines: tuple[Line, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]


@dataclass(frozen=True)
class _Axes:
    epochs: int
    low: float
    high: float

    def x(self, epoch: float) -> float:
        return round(LEFT + (epoch - 1) / max(self.epochs - 1, 1) * (WIDTH - LEFT - RIGHT), 1)

    def y(self, loss: float) -> float:
        share = min(max((self.high - loss) / (self.high - self.low), 0.0), 1.0)
        return round(TOP + share * (HEIGHT - TOP - BOTTOM), 1)


def plots(curves: Sequence[Curve]) -> list[Plot]:
    """One plot for each framework, in the order in which they come; the course's own runs are drawn first."""
    cases = dict.fromkeys(curve.case for curve in curves)
    return [_plot(case, [curve for curve in curves if curve.case == case]) for case in cases]


def sensible(curves: Iterable[Curve]) -> list[float]:
    """The losses that set the scale; what is beyond any sense is drawn at the edge, what is no number not at all."""
    return [loss for curve in curves for loss in curve.losses if abs(loss) < _BEYOND_SENSE]


def _plot(case: str, curves: list[Curve]) -> Plot:
    losses = [0.0, *sensible(curves)]  # zero belongs on the axis of a loss
    y_values = ticks(min(losses), max(losses))
    epochs = max(len(curve.losses) for curve in curves)
    axes = _Axes(epochs, y_values[0], y_values[-1])
    return Plot(
        title=framework(case) or "Training",
        lines=tuple(_line(curve, axes) for curve in sorted(curves, key=lambda curve: not curve.reference)),
        x_ticks=tuple(Tick(axes.x(epoch), str(epoch)) for epoch in _epoch_ticks(epochs)),
        y_ticks=tuple(Tick(axes.y(value), f"{value:g}") for value in y_values),
    )


def _line(curve: Curve, axes: _Axes) -> Line:
    points = [(axes.x(epoch), axes.y(loss)) if math.isfinite(loss) else None for epoch, loss in _thinned(curve.losses)]
    pieces: list[list[str]] = [[]]
    for point in points:
        if point:
            pieces[-1].append(f"{point[0]},{point[1]}")
        elif pieces[-1]:
            pieces.append([])
    whose = "The course's own" if curve.reference else "Yours"
    return Line(
        label=whose,
        reference=curve.reference,
        pieces=tuple(" ".join(piece) for piece in pieces if piece),
        dots=tuple(point for point in points if point) if len(points) <= 30 else (),
        caption=f"{whose}: {_course(curve)}.",
    )


def _thinned(losses: Sequence[float]) -> list[tuple[int, float]]:
    """Epochs (from 1) with their losses, at most ``_MOST_POINTS`` of them, the last one always among them."""
    step = max(math.ceil(len(losses) / _MOST_POINTS), 1)
    kept = list(enumerate(losses, start=1))
    return kept[:-1:step] + kept[-1:]


def _course(curve: Curve) -> str:
    if not curve.losses:
        return "no epoch was run"
    epochs = f"{len(curve.losses)} epochs" if len(curve.losses) > 1 else "1 epoch"
    if bad := [epoch for epoch, loss in enumerate(curve.losses, start=1) if not math.isfinite(loss)]:
        return f"not a finite number from epoch {bad[0]} on ({epochs})"
    return f"{curve.losses[0]:.3g} to {curve.losses[-1]:.3g} in {epochs}"


def ticks(low: float, high: float) -> list[float]:
    """A few round values; the first is not above ``low`` and the last not below ``high``."""
    span = high - low
    if span < 1e-9 * max(1.0, abs(low), abs(high)):  # no more than rounding
        return [math.floor(low), math.floor(low) + 1.0]
    step = 10.0 ** math.floor(math.log10(span / 4))
    step *= next((factor for factor in (1, 2, 2.5, 5) if span / (step * factor) <= 5), 10)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(index * step, 12) for index in range(first, last + 1)]


def _epoch_ticks(epochs: int) -> list[int]:
    step = max(round(epochs / 6), 1)
    return list(range(1, epochs + 1, step)) if epochs else []
