"""The judged run: a verdict per requirement, a score per phase, a decision."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fractions import Fraction

    from pytest_roadmap.model.attestation import Attestation, SignOff
    from pytest_roadmap.model.baseline import Baseline
    from pytest_roadmap.model.criterion import Criteria
    from pytest_roadmap.model.disposition import Disposition
    from pytest_roadmap.model.finding import Finding, Outcome
    from pytest_roadmap.model.history import History
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
        return self not in _OUT_OF_SCOPE

    @property
    def unknown(self) -> bool:
        """Whether nobody can say yet if the requirement holds."""
        return self not in _CERTAIN


# Asked ten times per requirement, so the sets are made only once.
_OUT_OF_SCOPE = frozenset({Verdict.NOT_APPLICABLE, Verdict.DEFERRED, Verdict.DROPPED})
_CERTAIN = _OUT_OF_SCOPE | {Verdict.PASSED, Verdict.FAILED, Verdict.WAIVED}


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
    is what a reader needs first; `flags` are words such as `flaky`, `weak`;
    `probes` are those registered for the requirement, run or not.
    """

    requirement: Requirement
    verdict: Verdict
    outcome: Outcome
    message: str
    findings: tuple[Finding, ...] = ()
    flags: tuple[str, ...] = ()
    waiver: Waiver | None = None
    probes: tuple[str, ...] = ()
    disposition: Disposition | None = None

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
    part in the release's decision.  `weight` is the total of the points where
    requirements weigh differently (then `low` and `high` are shares of it), else
    0; `waivers` are those in force, used or not.
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
    weight: int = 0
    waivers: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Where, when and how a run was made.

    Times are UTC in seconds since the epoch; `target` is the identity of the
    system under test as `key=value` pairs; `complete` is false for a run that
    was interrupted.  `candidate` is the release candidate that the run was told
    to judge; `clean` says that the checkout was exactly its commit.
    """

    id: str
    started: float
    finished: float
    version: str
    command: tuple[str, ...] = ()
    target: tuple[tuple[str, str], ...] = ()
    commit: str = ""
    complete: bool = True
    candidate: str = ""
    clean: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What one phase would need: all of `each`, and `count` out of `among`."""

    suite: str
    phase: int
    each: tuple[str, ...] = ()
    count: int = 0
    among: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Flip:
    """A smallest set of requirements that changes the decision.

    The decision becomes `becomes` once the requirements named by `changes`
    have `outcome`: passed where the decision can get better, failed where it
    can only get worse.
    """

    becomes: Decision
    outcome: Outcome
    changes: tuple[Change, ...]

    @property
    def size(self) -> int:
        """How many requirements have to change."""
        return sum(len(change.each) + change.count for change in self.changes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What a run was judged by, beside its plans and findings.

    With it an old archive can be judged again.  `at` is the time of judging
    (UTC, seconds since the epoch); `criteria` are by suite; `gate` lists the
    phases (suite, number) that a narrowed gate asks for, None for all;
    `strays` are findings that belong to no requirement of the plans;
    `attestations` are all that were found, valid or not; `baseline` is what
    earlier runs measured.
    """

    at: float
    criteria: tuple[tuple[str, Criteria], ...] = ()
    waivers: tuple[Waiver, ...] = ()
    gate: tuple[tuple[str, int], ...] | None = None
    strays: tuple[Finding, ...] = ()
    attestations: tuple[Attestation, ...] = ()
    baseline: Baseline | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorecard:
    """The whole judged run; every report is a pure function of it.

    `flips` says what would change the decision: first the nearest change,
    then the way to GO where that is another one.  `history` is what earlier runs
    tell, where the run has a history.  `sign_offs` were made after the run, so they
    lie beside the archive and not in it.
    """

    run: Run
    roadmaps: tuple[Roadmap, ...]
    decision: Decision
    reasons: tuple[str, ...]
    phases: tuple[PhaseScore, ...]
    results: tuple[Result, ...]
    notes: tuple[str, ...] = ()
    flips: tuple[Flip, ...] = ()
    basis: Basis | None = None
    sign_offs: tuple[SignOff, ...] = ()
    history: History | None = None
