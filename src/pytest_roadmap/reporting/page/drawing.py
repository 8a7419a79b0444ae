"""Experiments as drawings: small panels over one axis of time, faults shaded."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pytest_roadmap.reporting.experiments import experiments

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_roadmap.model import NodeSamples, Scorecard, Timeline
    from pytest_roadmap.reporting.experiments import Experiment

WIDTH: Final = 640
HEIGHT: Final = 56
_MOST_POINTS: Final = 160  # of one curve: more cannot be told apart
_PAUSE_S: Final = 3.0  # without a sample: the node did not answer
_DASHES: Final = ("", "6 3", "2 2", "8 2 2 2", "1 4", "10 4")
_PANELS: Final = (
    ("height", "blocks committed since the beginning"),
    ("round", "round"),
    ("peers", "peers"),
    ("latency_ms", "milliseconds to answer"),
    ("pending", "transactions waiting"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """A line: the node, its pieces as points for `polyline`, its dashes."""

    node: str
    pieces: tuple[str, ...]
    dash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """Lines of one unit, with the lowest and the highest value of its axis."""

    title: str
    lowest: str
    highest: str
    curves: tuple[Curve, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shade:
    """A fault, as places on the axis; `recovered` is None where nobody saw it.

    From `left` on it was being made or undone; from `sure` on it was seen to be
    on, until its healing began.
    """

    what: str
    left: float
    width: float
    sure: float
    sure_width: float
    recovered: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """One experiment, as the page shows it."""

    name: str
    ids: tuple[str, ...]
    failed: bool
    seconds: float
    panels: tuple[Panel, ...]
    shades: tuple[Shade, ...]
    nodes: tuple[tuple[str, str], ...]


def drawings(scorecard: Scorecard) -> tuple[Drawing, ...]:
    """Return every experiment of a run that has samples."""
    return tuple(
        _drawn(number, experiment)
        for number, experiment in enumerate(experiments(scorecard), start=1)
        if any(samples.at for _, samples in experiment.timeline.nodes)
    )


def _drawn(number: int, experiment: Experiment) -> Drawing:
    """Return one experiment."""
    timeline = experiment.timeline
    seconds = _length(timeline)
    dashes = dict(
        zip((n for n, _ in timeline.nodes), itertools.cycle(_DASHES), strict=False)
    )
    panels = [_panel(timeline, name, title, dashes) for name, title in _PANELS]
    panels.append(_transactions(timeline))
    return Drawing(
        name=f"experiment-{number}",
        ids=tuple(result.requirement.id for result in experiment.results),
        failed=any(r.verdict.value == "failed" for r in experiment.results),
        seconds=seconds,
        panels=tuple(panel for panel in panels if panel is not None),
        shades=_shades(timeline, seconds),
        nodes=tuple(dashes.items()),
    )


def _length(timeline: Timeline) -> float:
    """Return the last moment of a time-line, in seconds."""
    ends = [samples.at[-1] for _, samples in timeline.nodes if samples.at]
    return max([*ends, *timeline.blocks.at[-1:], 1.0])


def _panel(
    timeline: Timeline, column: str, title: str, dashes: dict[str, str]
) -> Panel | None:
    """Return the panel of one column, a line per node; None if it is all zero."""
    values = {name: _column(samples, column) for name, samples in timeline.nodes}
    every = [value for line in values.values() for value in line]
    if not any(every):
        return None
    zero = min(every, default=0) if column == "height" else 0
    top = max([*every, zero + 1])
    seconds = _length(timeline)
    return Panel(
        title=title,
        lowest="0",
        highest=f"{top - zero:.0f}",
        curves=tuple(
            Curve(
                node=name,
                dash=dashes[name],
                pieces=_pieces(samples.at, values[name], seconds, (zero, top)),
            )
            for name, samples in timeline.nodes
            if samples.at
        ),
    )


def _column(samples: NodeSamples, name: str) -> tuple[float, ...]:
    """Return a column of a node's samples."""
    found: tuple[float, ...] = getattr(samples, name)
    return found[: len(samples.at)]


def _transactions(timeline: Timeline) -> Panel | None:
    """Return the panel of the transactions that were committed, if any were."""
    blocks = timeline.blocks
    if not any(blocks.transactions):
        return None
    totals = tuple(itertools.accumulate(blocks.transactions))
    top = max([*totals, 1])
    pieces = _pieces(blocks.at, totals, _length(timeline), (0, top), pause=None)
    return Panel(
        title="transactions committed",
        lowest="0",
        highest=f"{top:.0f}",
        curves=(Curve(node="chain", pieces=pieces, dash=""),),
    )


def _pieces(
    moments: Sequence[float],
    values: Sequence[float],
    seconds: float,
    span: tuple[float, float],
    pause: float | None = _PAUSE_S,
) -> tuple[str, ...]:
    """Return the points of a line, in pieces: nobody knows what was in a pause."""
    pairs = list(zip(moments, values, strict=False))
    if len(pairs) > _MOST_POINTS:
        step = -(-len(pairs) // _MOST_POINTS)
        pairs = [*pairs[::step], pairs[-1]]
        pause = pause and pause * step
    pieces: list[list[tuple[float, float]]] = []
    for at, value in pairs:
        if not pieces or (pause and at - pieces[-1][-1][0] > pause):
            pieces.append([])
        pieces[-1].append((at, value))
    low, high = span
    return tuple(
        " ".join(
            f"{WIDTH * at / seconds:.0f},"
            f"{HEIGHT - 3 - (HEIGHT - 6) * (value - low) / (high - low):.0f}"
            for at, value in piece
        )
        for piece in pieces
    )


def _shades(timeline: Timeline, seconds: float) -> tuple[Shade, ...]:
    """Return the faults as places on the axis; a kill is a thin one."""
    found = []
    for band in timeline.bands:
        sure = band.injected if band.verified is None else band.verified
        healed = sure if band.healed is None else band.healed
        off = healed if band.off is None else band.off
        found.append(
            Shade(
                what=band.what,
                left=_place(band.injected, seconds),
                width=max(_place(off - band.injected, seconds), 1.0),
                sure=_place(sure, seconds),
                sure_width=max(_place(healed - sure, seconds), 1.0),
                recovered=None
                if band.recovered is None
                else _place(band.recovered, seconds),
            )
        )
    return tuple(found)


def _place(moment: float, seconds: float) -> float:
    """Return where a moment is on the axis."""
    return round(WIDTH * moment / seconds, 1)
