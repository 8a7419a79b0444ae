"""How it is judged: pure functions of plan, findings, criteria and a clock.

    limits       the plan's bounds on measured numbers
    verdicts     findings of one requirement  → its verdict
    waivers      which accepted failures hold today
    attestations whose signed words count for this run
    pass_rates   verdicts of one phase        → [low, high], exact
    decisions    pass rates against criteria  → GO … NO-GO, and why
    notes        what no single verdict says
    flips        the smallest change that alters the decision

Nothing here reads a file or the time, so an old archive can be judged again.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pytest_roadmap.errors import PlanError
from pytest_roadmap.model import Basis, Criteria, Scorecard, Verdict
from pytest_roadmap.scoring.attestations import Words, with_words
from pytest_roadmap.scoring.decisions import (
    Asked,
    decide_phase,
    decide_release,
    exit_status,
)
from pytest_roadmap.scoring.flips import what_would_flip
from pytest_roadmap.scoring.notes import on_results, on_run, on_strangers
from pytest_roadmap.scoring.verdicts import in_order, judge
from pytest_roadmap.scoring.waivers import valid

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pytest_roadmap.model import (
        Attestation,
        Finding,
        PhaseScore,
        Requirement,
        Result,
        Roadmap,
        Run,
        Waiver,
    )

__all__ = ["exit_status", "score", "score_again", "what_would_flip"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
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

    def criteria_of(self, suite: str) -> Criteria:
        """Return the criteria of a suite; a suite without any has none."""
        return self.criteria.get(suite, Criteria())

    def in_gate(self, suite: str, number: int) -> bool:
        """Tell whether the gate asks for a phase."""
        return self.gate is None or (suite, number) in self.gate


def score(  # noqa: PLR0913 - each argument is one of the things that are judged
    *,
    roadmaps: Iterable[Roadmap],
    mapped: Mapping[str, tuple[str, ...]],
    findings: Iterable[Finding],
    criteria: Mapping[str, Criteria],
    waivers: Iterable[Waiver],
    run: Run,
    now: dt.datetime,
    phases: frozenset[tuple[str, int]] | None = None,
    attestations: Iterable[Attestation] = (),
) -> Scorecard:
    """Judge a run.

    Args:
        roadmaps: The plans; their requirements are the denominator.
        mapped: The registered probes by requirement id, run or not.
        findings: What the probes saw, all attempts, in any order.
        criteria: The criteria by suite.
        waivers: All waivers, valid or not.
        run: Where, when and how the run was made.
        now: The time of judging, with a time zone.
        phases: The phases (suite, number) of a narrowed gate; None for all.
        attestations: All attestations, valid or not.

    Raises:
        PlanError: Two requirements have one id.
        ValueError: `now` has no time zone.
    """
    if now.tzinfo is None:
        message = "the time of judging needs a time zone"
        raise ValueError(message)
    case = _Case(
        roadmaps=tuple(roadmaps),
        mapped=mapped,
        findings=tuple(findings),
        criteria=criteria,
        waivers=tuple(waivers),
        attestations=tuple(attestations),
        run=run,
        now=now.astimezone(dt.UTC),
        gate=phases,
    )
    requirements = _requirements(case.roadmaps)
    held, waiver_notes = valid(case.waivers, requirements, case.now.date(), case.run)
    words = _words(case, requirements)
    case = replace(case, mapped=words.mapped, findings=words.findings)
    results, strays = _results(case, requirements, held)
    results = tuple(_with_reason(result, words.refused) for result in results)
    scores = _phases(case, results)
    decision, reasons = decide_release(scores)
    scorecard = Scorecard(
        run=run,
        roadmaps=case.roadmaps,
        decision=decision,
        reasons=reasons,
        phases=scores,
        results=results,
        notes=(
            *on_run(run, scores, phases),
            *on_results(results),
            *on_strangers(case.mapped, strays, tuple(requirements)),
            *waiver_notes,
            *words.notes,
        ),
        basis=_basis(case, strays),
    )
    return replace(scorecard, flips=what_would_flip(scorecard))


def score_again(  # noqa: PLR0913 - each argument replaces a part of the old judging
    scorecard: Scorecard,
    *,
    now: dt.datetime | None = None,
    criteria: Mapping[str, Criteria] | None = None,
    findings: Iterable[Finding] = (),
    run: Run | None = None,
    attestations: Iterable[Attestation] | None = None,
) -> Scorecard:
    """Judge the run of an old scorecard again.

    Args:
        scorecard: The old scorecard, for example out of an archive.
        now: Another time of judging.
        criteria: Other criteria, by suite.
        findings: Later findings; what the old scorecard has of the same attempts
            gives way to them.
        run: A newer description of the run.
        attestations: Those that are there by now, in place of the old ones.
    """
    basis = scorecard.basis or Basis(at=scorecard.run.finished)
    known = [f for result in scorecard.results for f in result.findings]
    later = list(findings)
    attempts = {_attempt(finding) for finding in later}
    old = [f for f in (*known, *basis.strays) if _attempt(f) not in attempts]
    at = now or dt.datetime.fromtimestamp(basis.at, tz=dt.UTC)
    again = score(
        roadmaps=scorecard.roadmaps,
        mapped={r.requirement.id: r.probes for r in scorecard.results},
        findings=[*old, *later],
        criteria=dict(basis.criteria) if criteria is None else criteria,
        waivers=basis.waivers,
        attestations=basis.attestations if attestations is None else attestations,
        run=run or scorecard.run,
        now=at,
        phases=None if basis.gate is None else frozenset(basis.gate),
    )
    return replace(again, history=scorecard.history)


def _attempt(finding: Finding) -> tuple[str, str, int]:
    """Return which attempt of which probe a finding tells of."""
    return finding.requirement, finding.probe, finding.attempt


def _requirements(roadmaps: Sequence[Roadmap]) -> dict[str, Requirement]:
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


def _results(
    case: _Case, requirements: Mapping[str, Requirement], held: Mapping[str, Waiver]
) -> tuple[tuple[Result, ...], tuple[Finding, ...]]:
    """Return a result per requirement, and the findings that belong to none."""
    seen: dict[str, list[Finding]] = {}
    strays = []
    for finding in case.findings:
        if finding.requirement in requirements:
            seen.setdefault(finding.requirement, []).append(finding)
        else:
            strays.append(finding)
    results = tuple(
        judge(
            requirement,
            probes=case.mapped.get(name, ()),
            findings=seen.get(name, ()),
            waiver=held.get(name),
            policy=case.criteria_of(requirement.suite).policy,
            now=case.now.timestamp(),
        )
        for name, requirement in requirements.items()
    )
    return results, in_order(strays)


def _words(case: _Case, requirements: Mapping[str, Requirement]) -> Words:
    """Return the case's mapping and findings with what people have attested."""
    return with_words(
        requirements,
        mapped=case.mapped,
        findings=case.findings,
        attestations=case.attestations,
        run=case.run,
        now=case.now,
    )


def _with_reason(result: Result, refused: Mapping[str, str]) -> Result:
    """Return a result that nobody has reviewed with why nobody's word counts."""
    why = refused.get(result.requirement.id)
    if why and result.verdict is Verdict.NOT_REVIEWED:
        return replace(result, message=why)
    return result


def _phases(case: _Case, results: Sequence[Result]) -> tuple[PhaseScore, ...]:
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
            asked = Asked(
                suite=roadmap.suite,
                number=number,
                name=names.get(number, "(not in the plan)"),
                criterion=criteria.of(number),
                results=tuple(grouped.get(key, ())),
                in_gate=case.in_gate(*key),
            )
            scores.append(decide_phase(asked, criteria.policy))
    return tuple(scores)


def _basis(case: _Case, strays: tuple[Finding, ...]) -> Basis:
    """Return what the run was judged by."""
    return Basis(
        at=case.now.timestamp(),
        criteria=tuple(sorted(case.criteria.items(), key=lambda pair: pair[0])),
        waivers=case.waivers,
        gate=None if case.gate is None else tuple(sorted(case.gate)),
        strays=strays,
        attestations=case.attestations,
    )
