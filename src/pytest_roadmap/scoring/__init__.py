"""How it is judged: pure functions of plan, findings, criteria and a clock.

    limits       the plan's bounds on measured numbers
    regressions  the same numbers against earlier runs and their noise
    attempts     findings of one probe        → what it says
    verdicts     what the probes say          → the requirement's verdict
    waivers      which accepted failures hold today
    attestations whose signed words count for this run
    dispositions which requirements people took out of the count
    case         all of these together
    pass_rates   verdicts of one phase        → [low, high], exact
    decisions    pass rates against criteria  → GO … NO-GO, and why
    notes        what no single verdict says
    flips        the smallest change that alters the decision
    merging      archives of several shards   → one
    comparing    two archives                 → what changed

Nothing here reads a file or the time, so an old archive can be judged again.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_roadmap.model import Basis, Scorecard
from pytest_roadmap.scoring.case import (
    Case,
    basis_of,
    decided_on,
    phases_of,
    requirements_of,
    results_of,
    with_reason,
    with_signed_words,
)
from pytest_roadmap.scoring.decisions import decide_release, exit_status
from pytest_roadmap.scoring.flips import what_would_flip
from pytest_roadmap.scoring.notes import (
    on_baseline,
    on_clocks,
    on_results,
    on_run,
    on_strangers,
    on_weights,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pytest_roadmap.model import (
        Attestation,
        Baseline,
        Criteria,
        Finding,
        Roadmap,
        Run,
        Waiver,
    )

__all__ = ["exit_status", "score", "score_again", "what_would_flip"]


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
    baseline: Baseline | None = None,
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
        baseline: What earlier runs measured, where a criterion compares.

    Raises:
        PlanError: Two requirements have one id.
        ValueError: `now` has no time zone.
    """
    if now.tzinfo is None:
        message = "the time of judging needs a time zone"
        raise ValueError(message)
    case = Case(
        roadmaps=tuple(roadmaps),
        mapped=mapped,
        findings=tuple(findings),
        criteria=criteria,
        waivers=tuple(waivers),
        attestations=tuple(attestations),
        run=run,
        now=now.astimezone(dt.UTC),
        gate=phases,
        baseline=baseline,
    )
    requirements = requirements_of(case.roadmaps)
    decided = decided_on(case, requirements)
    case, words = with_signed_words(case, requirements)
    results, strays = results_of(case, requirements, decided)
    results = tuple(with_reason(result, words) for result in results)
    scores = phases_of(case, results, decided)
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
            *on_clocks(run, case.findings, case.now.timestamp()),
            *on_weights(case.criteria, results),
            *on_baseline(case.criteria, baseline),
            *decided.notes,
            *words.notes,
        ),
        basis=basis_of(case, strays),
    )
    return replace(scorecard, flips=what_would_flip(scorecard))


def score_again(  # noqa: PLR0913 - each argument is one of the things that may differ
    scorecard: Scorecard,
    *,
    now: dt.datetime | None = None,
    criteria: Mapping[str, Criteria] | None = None,
    findings: Iterable[Finding] = (),
    run: Run | None = None,
    attestations: Iterable[Attestation] | None = None,
    baseline: Baseline | None = None,
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
        baseline: Another baseline.
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
        baseline=baseline or basis.baseline,
    )
    return replace(again, history=scorecard.history)


def _attempt(finding: Finding) -> tuple[str, str, int, str]:
    """Return which attempt of which probe a finding tells of."""
    return finding.requirement, finding.probe, finding.attempt, finding.run
