"""The judged run: a verdict per requirement, a score per phase, a decision."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fractions import Fraction

    from pytest_roadmap.model.finding import Finding, Outcome
    from pytest_roadmap.model.roadmap import Requirement, Roadmap
    from pytest_roadmap.model.waiver import Waiver


class Verdict(StrEnum):
    """What a requirement's findings, dispositions and limits add up to."""

    PASSED = "passed"
    FAILED = "failed"
    WAIVED = "waived"
    ERROR = "error"
    UNAVAILABLE = "unavailable"
    INCONCLUSIVE = "inconclusive"
    PARTIAL = "partial"
    NOT_RUN = "not_run"
    STALE = "stale"
    UNMAPPED = "unmapped"
    NOT_REVIEWED = "not_reviewed"
    NOT_APPLICABLE = "not_applicable"
    DEFERRED = "deferred"
    DROPPED = "dropped"

    @property
    def in_scope(self) -> bool:
        """Whether the requirement stays in the denominator."""
        return self not in {Verdict.NOT_APPLICABLE, Verdict.DEFERRED, Verdict.DROPPED}

    @property
    def unknown(self) -> bool:
        """Whether nobody can say yet if the requirement holds."""
        known = {Verdict.PASSED, Verdict.FAILED, Verdict.WAIVED}
        return self.in_scope and self not in known


class Decision(StrEnum):
    """The answer to "may we release?", from best to worst."""

    GO = "GO"
    CONDITIONAL = "CONDITIONAL"
    INDETERMINATE = "INDETERMINATE"
    NO_GO = "NO-GO"

    @property
    def rank(self) -> int:
        """0 for GO to 3 for NO-GO; the worst of several has the highest."""
        return list(Decision).index(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A requirement with its verdict and all that led to it.

    `outcome` is that of the finding that decides, limits applied; `message`
    is what a reader needs first; `flags` are words such as `flaky`, `weak`.
    """

    requirement: Requirement
    verdict: Verdict
    outcome: Outcome
    message: str
    findings: tuple[Finding, ...] = ()
    flags: tuple[str, ...] = ()
    waiver: Waiver | None = None

    @property
    def attempts(self) -> int:
        """How many attempts were made."""
        return len(self.findings)

    @property
    def duration_s(self) -> float:
        """The attempts' durations added up, in seconds."""
        return sum(finding.duration_s for finding in self.findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseScore:
    """A phase's counts, its interval and its decision.

    `low` = passed / total and `high` = (passed + unknown) / total, exact;
    both are None for an empty phase.  `required` says whether the phase takes
    part in the release's decision.
    """

    suite: str
    number: int
    name: str
    threshold: Fraction | None
    total: int
    passed: int
    failed: int
    waived: int
    unknown: int
    low: Fraction | None
    high: Fraction | None
    decision: Decision
    arithmetic: str
    reasons: tuple[str, ...] = ()
    required: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Where, when and how a run was made.

    Times are UTC in seconds since the epoch; `target` is the identity of the
    system under test as `key=value` pairs; `complete` is false for a run that
    was interrupted.
    """

    id: str
    started: float
    finished: float
    version: str
    command: tuple[str, ...] = ()
    target: tuple[tuple[str, str], ...] = ()
    commit: str = ""
    complete: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorecard:
    """The whole judged run; every report is a pure function of it."""

    run: Run
    roadmaps: tuple[Roadmap, ...]
    decision: Decision
    reasons: tuple[str, ...]
    phases: tuple[PhaseScore, ...]
    results: tuple[Result, ...]
    notes: tuple[str, ...] = ()
