"""Small plans and findings to judge."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

import pytest

from pytest_roadmap.model import (
    Baseline,
    Claim,
    Criteria,
    Criterion,
    Decided,
    Disposition,
    Finding,
    Limit,
    Measurement,
    Outcome,
    Phase,
    Policy,
    Repeats,
    Requirement,
    Result,
    Roadmap,
    Run,
    Scorecard,
    Section,
    Strength,
    Waiver,
)
from pytest_roadmap.scoring import score

NOW = dt.datetime(2026, 3, 10, 12, tzinfo=dt.UTC)


class Lab:
    """Builds one suite called `demo` and judges it."""

    now = NOW

    @staticmethod
    def requirement(name: str, phase: int = 1, **more) -> Requirement:
        limits = tuple(
            Limit(name=n, at_most=most) for n, most in more.pop("limits", ())
        )
        fields = {"strength": Strength.OBSERVED, "claim": Claim.NONE} | more
        return Requirement(
            id=name,
            suite="demo",
            phase=phase,
            section="All",
            topic="t",
            title=f"{name} holds.",
            limits=limits,
            **fields,
        )

    @staticmethod
    def roadmap(*requirements: Requirement) -> Roadmap:
        numbers = sorted({r.phase for r in requirements})
        phases = []
        for number in numbers:
            mine = tuple(r for r in requirements if r.phase == number)
            section = Section(name="All", requirements=mine)
            phases.append(
                Phase(number=number, name=f"Part {number}", sections=(section,))
            )
        return Roadmap(
            suite="demo",
            title="Demo",
            root="suites/demo",
            digest="0" * 64,
            phases=tuple(phases),
        )

    @staticmethod
    def finding(
        name: str, outcome: str = "passed", *, probe: str = "", **more
    ) -> Finding:
        measured = tuple(
            Measurement(name=n, value=v) for n, v in more.pop("measured", ())
        )
        return Finding(
            requirement=name,
            probe=probe or f"test_{name}",
            outcome=Outcome(outcome),
            measurements=measured,
            **({"started": NOW.timestamp() - 60} | more),
        )

    @staticmethod
    def waiver(name: str, **more) -> Waiver:
        fields = {
            "reason": "the vendor ships the fix in May",
            "owner": "ada",
            "approver": "grace",
            "expires": dt.date(2026, 5, 31),
            "issued": dt.date(2026, 3, 2),
        }
        return Waiver(requirement=name, **(fields | more))

    @staticmethod
    def run(**more) -> Run:
        fields = {"id": "r1", "started": 0.0, "finished": 1.0, "version": "0"}
        return Run(**(fields | more))

    @staticmethod
    def criteria(*stated: Criterion, **policy) -> Criteria:
        taken_out = tuple(policy.pop("dispositions", ()))
        return Criteria(phases=stated, policy=Policy(**policy), dispositions=taken_out)

    @staticmethod
    def criterion(
        percent: float, phase: int = 1, must: tuple[str, ...] = (), **more
    ) -> Criterion:
        band = Fraction(more.pop("band", 0)) / 100
        return Criterion(
            phase=phase,
            threshold=Fraction(str(percent)) / 100,
            must_hold=frozenset(must),
            warning_band=band,
            **more,
        )

    @staticmethod
    def disposition(name: str, **more) -> Disposition:
        fields = {
            "decided": Decided.DEFERRED,
            "reason": "the second site is built in autumn",
            "owner": "ada",
            "approver": "grace",
            "expires": dt.date(2026, 12, 31),
            "until_phase": 9,
        }
        return Disposition(requirement=name, **(fields | more))

    @staticmethod
    def baseline(name: str, number: str, *values: float) -> Baseline:
        repeats = Repeats(requirement=name, name=number, values=values)
        runs = tuple(f"b{i}" for i in range(len(values)))
        return Baseline(runs=runs, numbers=(repeats,))

    def judged(
        self, requirements, findings, *, criteria=None, mapped=None, **more
    ) -> Scorecard:
        """Judge with one probe `test_<id>` per requirement and 100 % by default."""
        requirements = list(requirements)
        fields = {"waivers": (), "run": self.run(), "now": NOW}
        return score(
            roadmaps=[self.roadmap(*requirements)] if requirements else [],
            mapped={r.id: (f"test_{r.id}",) for r in requirements}
            if mapped is None
            else mapped,
            findings=findings,
            criteria={"demo": criteria or self.criteria(self.criterion(100))},
            **(fields | more),
        )

    def verdict(self, requirement: Requirement, *findings: Finding, **more) -> Result:
        """Judge one requirement."""
        return self.judged([requirement], findings, **more).results[0]

    def phase(self, outcomes: dict[str, int], percent: float, **more) -> Scorecard:
        """Judge a phase with so many outcomes of each kind."""
        names = [
            (f"{outcome}-{i}", outcome)
            for outcome, count in outcomes.items()
            for i in range(count)
        ]
        requirements = [self.requirement(name) for name, _ in names]
        findings = [self.finding(name, outcome) for name, outcome in names]
        must = more.pop("must", ())
        policy, extra = more.pop("policy", {}), more.pop("criterion", {})
        criteria = self.criteria(self.criterion(percent, must=must, **extra), **policy)
        return self.judged(requirements, findings, criteria=criteria, **more)


@pytest.fixture(scope="session")
def lab() -> Lab:
    return Lab()
