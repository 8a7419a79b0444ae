"""Rows of the tables from the model's nouns, and back, without loss."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from pytest_roadmap.history.sheet import storable
from pytest_roadmap.model import Decision, PastRun, TrendPoint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Row

    from pytest_roadmap.model import PhaseScore

    Rows = Sequence[Row[Any]]  # what a query of several columns answers

Values = dict[str, str | int | float | None]


def of_run(run: PastRun) -> Values:
    """Return the row of a run, without its place."""
    return {
        "id": run.id,
        "started": run.started,
        "finished": run.finished,
        "version": run.version,
        "commit": run.commit,
        "decision": run.decision.value,
        "complete": run.complete,
        "passed": run.passed,
        "total": run.total,
        "target": json.dumps(run.target),
    }


def run(row: Row[Any]) -> PastRun:
    """Return the run of a row."""
    return PastRun(
        id=row.id,
        started=row.started,
        finished=row.finished,
        version=row.version,
        commit=row.commit,
        decision=Decision(row.decision),
        complete=row.complete,
        passed=row.passed,
        total=row.total,
        target=tuple((name, value) for name, value in json.loads(row.target)),
    )


def of_phase(phase: PhaseScore) -> Values:
    """Return the row of a phase, without its run."""
    return {
        "suite": phase.suite,
        "number": phase.number,
        "name": storable(phase.name),
        "total": phase.total,
        "passed": phase.passed,
        "failed": phase.failed,
        "waived": phase.waived,
        "unknown": phase.unknown,
        "low": _exact(phase.low),
        "high": _exact(phase.high),
        "threshold": _exact(phase.threshold),
        "decision": phase.decision.value,
    }


def point(row: Row[Any], run: Row[Any]) -> TrendPoint:
    """Return the point of a trend from the rows of a phase and of its run."""
    return TrendPoint(
        run=run.id,
        started=run.started,
        total=row.total,
        passed=row.passed,
        failed=row.failed,
        waived=row.waived,
        unknown=row.unknown,
        low=_share(row.low),
        high=_share(row.high),
        threshold=_share(row.threshold),
        decision=Decision(row.decision),
    )


def _exact(share: Fraction | None) -> str | None:
    """Return a share as text."""
    return None if share is None else f"{share.numerator}/{share.denominator}"


def _share(text: str | None) -> Fraction | None:
    """Return the share that a text states."""
    return None if text is None else Fraction(text)
