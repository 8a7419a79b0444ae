"""How long a probe may take before it counts as hanging."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_roadmap.model import Isolation

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pytest_roadmap.model import Requirement

LEAST_S = 120.0
BIRTH_S = 240.0  # until an instance of the chain is there, or given up
TIMES_EXPECTED = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeLimits:
    """The limits of a run; `fixed` (seconds) overrides what the plan suggests.

    The probe that comes first produces the fact that its group judges, so the
    whole group's time counts as expected; and the first of a process that needs
    an instance of the chain waits for its birth.
    """

    requirements: Mapping[str, Requirement]
    fixed: float | None = None

    def of(self, ids: Iterable[str]) -> float:
        """Return the seconds that the probe of `ids` may take."""
        if self.fixed is not None:
            return self.fixed
        asked = [self.requirements[name] for name in ids if name in self.requirements]
        facts = {(r.suite, r.shares) for r in asked if r.shares}
        expected = sum(r.seconds for r in asked if not r.shares)
        expected += sum(
            r.seconds
            for r in self.requirements.values()
            if (r.suite, r.shares) in facts
        )
        systems = any(r.isolation is not Isolation.STATIC for r in asked)
        return max(LEAST_S, TIMES_EXPECTED * expected) + (BIRTH_S if systems else 0)
