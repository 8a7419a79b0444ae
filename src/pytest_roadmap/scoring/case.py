"""A case: everything that is put to the judge, and the steps of judging it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pytest_roadmap.errors import PlanError
from pytest_roadmap.model import Basis, Criteria, Verdict
from pytest_roadmap.scoring.attempts import Standard, in_order
from pytest_roadmap.scoring.attestations import Words, with_words
from pytest_roadmap.scoring.decisions import Asked, decide_phase
from pytest_roadmap.scoring.dispositions import in_force
from pytest_roadmap.scoring.regressions import past_of
from pytest_roadmap.scoring.verdicts import judge
from pytest_roadmap.scoring.waivers import valid

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from pytest_roadmap.model import (
        Attestation,
        Baseline,
        Disposition,
        Finding,
        PhaseScore,
        Requirement,
        Result,
        Roadmap,
        Run,
        Waiver,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Everything that is put to the judge."""

    roadmaps: tuple[Roadmap, ...]
    mapped: Mapping[str, tuple[str, ...]]
    findings: tuple[Finding, ...]
    criteria: Mapping[str, Criteria]
    waivers: tuple[Waiver, ...]
    attestations: tuple[Attestation, ...]
    run: Run
    now: dt.datetime
    gate: frozenset[tuple[str, int]] | None
    baseline: Baseline | None

    def criteria_of(self, suite: str) -> Criteria:
        """Return the criteria of a suite; a suite without any has none."""
        return self.criteria.get(suite, Criteria())

    def in_gate(self, suite: str, number: int) -> bool:
        """Tell whether the gate asks for a phase."""
        return self.gate is None or (suite, number) in self.gate


def requirements_of(roadmaps: Sequence[Roadmap]) -> dict[str, Requirement]:
    """Return all requirements by id.

    Raises:
        PlanError: Two requirements have one id.
    """
    found: dict[str, Requirement] = {}
    for roadmap in roadmaps:
        for requirement in roadmap.requirements():
            if requirement.id in found:
                raise PlanError(
                    f"the id {requirement.id} is used twice",
                    where=f"{roadmap.suite}: line {requirement.line}",
                    remedy="give each requirement an id of its own",
                )
            found[requirement.id] = requirement
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What people decided and what holds of it, by requirement id."""

    waivers: Mapping[str, Waiver]
    dispositions: Mapping[str, Disposition]
    notes: tuple[str, ...]


def decided_on(case: Case, requirements: Mapping[str, Requirement]) -> Decided:
    """Return the waivers and dispositions that hold today."""
    day = case.now.date()
    policies = {
        asked.suite: case.criteria_of(asked.suite).policy
        for asked in requirements.values()
    }
    waivers = {suite: policy.longest_waiver_days for suite, policy in policies.items()}
    held, notes = valid(case.waivers, requirements, day, case.run, waivers)
    stated = [d for _, c in sorted(case.criteria.items()) for d in c.dispositions]
    longest = {suite: p.longest_disposition_days for suite, p in policies.items()}
    taken_out, more = in_force(stated, requirements, day, longest)
    return Decided(waivers=held, dispositions=taken_out, notes=(*notes, *more))


def with_signed_words(
    case: Case, requirements: Mapping[str, Requirement]
) -> tuple[Case, Words]:
    """Return the case with what people have attested, and what they attested."""
    words = with_words(
        requirements,
        mapped=case.mapped,
        findings=case.findings,
        attestations=case.attestations,
        run=case.run,
        now=case.now,
    )
    return replace(case, mapped=words.mapped, findings=words.findings), words


def with_reason(result: Result, words: Words) -> Result:
    """Return a result that nobody has reviewed with why nobody's word counts."""
    why = words.refused.get(result.requirement.id)
    if why and result.verdict is Verdict.NOT_REVIEWED:
        return replace(result, message=why)
    return result


def results_of(
    case: Case, requirements: Mapping[str, Requirement], decided: Decided
) -> tuple[tuple[Result, ...], tuple[Finding, ...]]:
    """Return a result per requirement, and the findings that belong to none."""
    seen: dict[str, list[Finding]] = {}
    strays = []
    for finding in case.findings:
        if finding.requirement in requirements:
            seen.setdefault(finding.requirement, []).append(finding)
        else:
            strays.append(finding)
    past = past_of(case.baseline)
    results = tuple(
        judge(
            requirement,
            probes=case.mapped.get(name, ()),
            findings=seen.get(name, ()),
            standard=_standard(case, requirement, decided, past.get(name, {})),
        )
        for name, requirement in requirements.items()
    )
    return results, in_order(strays)


def _standard(
    case: Case,
    requirement: Requirement,
    decided: Decided,
    past: Mapping[str, tuple[float, ...]],
) -> Standard:
    """Return what a requirement is held against."""
    criteria = case.criteria_of(requirement.suite)
    criterion = criteria.of(requirement.phase)
    return Standard(
        policy=criteria.policy,
        now=case.now.timestamp(),
        waiver=decided.waivers.get(requirement.id),
        disposition=decided.dispositions.get(requirement.id),
        regression=criterion.regression if criterion else None,
        past=past,
    )


def phases_of(
    case: Case, results: Sequence[Result], decided: Decided
) -> tuple[PhaseScore, ...]:
    """Return a score per phase of the plans, and per phase with a criterion.

    A criterion for a phase that the plan does not have makes a phase without
    requirements, so that it is undecided and not forgotten.
    """
    grouped: dict[tuple[str, int], list[Result]] = {}
    for result in results:
        key = (result.requirement.suite, result.requirement.phase)
        grouped.setdefault(key, []).append(result)
    scores = []
    for roadmap in case.roadmaps:
        names = {phase.number: phase.name for phase in roadmap.phases}
        criteria = case.criteria_of(roadmap.suite)
        for number in dict.fromkeys((*names, *(c.phase for c in criteria.phases))):
            key = (roadmap.suite, number)
            mine = tuple(grouped.get(key, ()))
            asked = Asked(
                suite=roadmap.suite,
                number=number,
                name=names.get(number, "(not in the plan)"),
                criterion=criteria.of(number),
                results=mine,
                in_gate=case.in_gate(*key),
                waivers=sum(r.requirement.id in decided.waivers for r in mine),
            )
            scores.append(decide_phase(asked, criteria.policy))
    return tuple(scores)


def basis_of(case: Case, strays: tuple[Finding, ...]) -> Basis:
    """Return what the run was judged by."""
    return Basis(
        at=case.now.timestamp(),
        criteria=tuple(sorted(case.criteria.items(), key=lambda pair: pair[0])),
        waivers=case.waivers,
        gate=None if case.gate is None else tuple(sorted(case.gate)),
        strays=strays,
        attestations=case.attestations,
        baseline=case.baseline,
    )
