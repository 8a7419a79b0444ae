"""How results are judged: limits on numbers, criteria on phases."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

from pytest_roadmap.model.roadmap import Strength

if TYPE_CHECKING:
    from pytest_roadmap.model.disposition import Disposition


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """The bounds on one measured number, both inclusive.

    The unit is part of the name (`seconds_to_ready`, `grace_used_percent`).
    """

    name: str
    at_least: float | None = None
    at_most: float | None = None

    def admits(self, value: float) -> bool:
        """Tell whether `value` lies within the bounds; NaN never does."""
        low = self.at_least is None or value >= self.at_least
        high = self.at_most is None or value <= self.at_most
        return low and high and value == value  # noqa: PLR0124 - NaN is not itself

    def __str__(self) -> str:
        """Return the bounds as a reader writes them, such as `≤ 90`."""
        bounds = []
        if self.at_least is not None:
            bounds.append(f"≥ {self.at_least:g}")
        if self.at_most is not None:
            bounds.append(f"≤ {self.at_most:g}")
        return " and ".join(bounds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Regression:
    """How much worse than in the baseline runs a number may be.

    `allowed` is a share of the baseline's median; `repeats` is how many runs of
    the baseline must have measured the number before anybody can tell.
    """

    allowed: Fraction
    repeats: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """The share of a phase's requirements that must pass.

    `threshold` is exact (95 % is 19/20); `sentence` quotes the document;
    `must_hold` lists ids that must pass whatever the share.  A share that is
    less than `warning_band` above the threshold is a condition.  `weights` are
    of requirements that count more than once.  More than `most_waivers` in
    force are too many, and `regression` compares with earlier runs.
    """

    phase: int
    threshold: Fraction
    sentence: str = ""
    must_hold: frozenset[str] = frozenset()
    warning_band: Fraction = Fraction(0)
    weights: tuple[tuple[str, int], ...] = ()
    most_waivers: int | None = None
    regression: Regression | None = None

    @property
    def comfortable(self) -> Fraction:
        """The share from which on nobody has to look at it."""
        return self.threshold + self.warning_band


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What a suite decides about judging, beside the phases' thresholds.

    `waivers_count` says whether a waived failure counts as passed;
    `waiver_warning_days` is when a waiver's expiry is near; one that lasts more
    than `longest_waiver_days` from its issue does not hold, nor does a disposition
    that expires more than `longest_disposition_days` from now; a pass older than
    `max_age_days` is stale (None: evidence never ages), and one that will be
    within `age_warning_days` is a condition.  No pass that is weaker than
    `minimum_strength` counts, whatever the plan says.
    """

    waivers_count: bool = False
    waiver_warning_days: int = 14
    longest_waiver_days: int = 90
    longest_disposition_days: int = 365
    max_age_days: int | None = None
    age_warning_days: int = 0
    minimum_strength: Strength = Strength.STATED


@dataclass(frozen=True, slots=True, kw_only=True)
class Criteria:
    """All criteria of a suite, by phase number, and what leaves the count."""

    phases: tuple[Criterion, ...] = ()
    policy: Policy = field(default_factory=Policy)
    dispositions: tuple[Disposition, ...] = ()

    def of(self, phase: int) -> Criterion | None:
        """Return the criterion of `phase`, or None where none is stated."""
        return next((c for c in self.phases if c.phase == phase), None)
