"""On the controller: from findings to the archive, the reports and the status."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pytest_roadmap import __version__, reporting
from pytest_roadmap.errors import ReportError
from pytest_roadmap.model import Run
from pytest_roadmap.probes.registry import mapping_of
from pytest_roadmap.reporting import archive
from pytest_roadmap.reporting.evidence import redact
from pytest_roadmap.running.broken import error, findings_of
from pytest_roadmap.scoring import exit_status, score
from pytest_roadmap.scoring.regressions import past_of, read
from pytest_roadmap.signing.attestations import read_attestations

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pytest_roadmap.model import (
        Attestation,
        Baseline,
        Finding,
        Outcome,
        Regression,
        Scorecard,
    )
    from pytest_roadmap.running.asked import Asked
    from pytest_roadmap.running.collecting import Collected
    from pytest_roadmap.running.keeping import Keeper
    from pytest_roadmap.running.past import Past

BUDGET = 20  # an archive meanwhile may cost one twentieth of the time since the last
CHEAP_S = 0.05  # of processor time; what costs less is written before every probe


class Judge:
    """Scores what is known so far, as often as it is asked to.

    `baseline` is what earlier runs measured; `target` is the identity of the
    system under test, once it is known.
    """

    def __init__(  # noqa: PLR0913 - what a run is judged by
        self,
        *,
        asked: Asked,
        keeper: Keeper,
        past: Past,
        root: Path,
        candidate: str = "",
        baseline: Baseline | None = None,
    ) -> None:
        self._asked = asked
        self._candidate = candidate
        self._baseline = baseline
        self._measured = past_of(baseline)
        self._rules = _rules(asked)
        self._words = _words(asked)
        self._keeper = keeper
        self._past = past
        self._root = root
        self._started = time.time()
        self._commit = _git(root, "rev-parse", "HEAD") or ""
        changes = _git(root, "status", "--porcelain", "--untracked-files=no")
        self._clean = bool(self._commit) and changes == ""
        self._broken: dict[str, str] = {}
        self._unheard: list[Finding] = []
        self._written = 0.0
        self._cost = 0.0
        self.target: tuple[tuple[str, str], ...] = ()
        self.plain_failures = 0  # of tests that are no probes

    def note_broken(self, node: str, text: str) -> None:
        """Remember that the module `node` cannot be imported, and why."""
        self._broken[node] = text

    def told(self, finding: Finding) -> tuple[Outcome, str]:
        """Return outcome and message of a finding as the verdict will read it."""
        asked = self._asked.requirements[finding.requirement]
        rule = self._rules.get((asked.suite, asked.phase))
        return read(finding, asked.limits, rule, self._measured.get(asked.id, {}))

    def refresh(self, collected: Collected, foreseen: Iterable[Finding] = ()) -> None:
        """Write the archive as it is now, with `foreseen` findings beside ours."""
        began = time.process_time()
        card = self._score(collected, complete=False, foreseen=foreseen)
        try:
            archive.pytest_roadmap_report(card, self._keeper.folder)
        except ReportError as problem:
            self._keeper.fail(problem)
        self._written = time.monotonic()
        self._cost = time.process_time() - began

    def refresh_sometimes(
        self, collected: Collected, foreseen: Iterable[Finding] = ()
    ) -> None:
        """Write the archive if enough time has passed since the last one."""
        if time.monotonic() - self._written > BUDGET * self._cost:
            self.refresh(collected, foreseen)

    def foresee(self, node: str, collected: Collected) -> None:
        """Write in the archive that the process has ended, in case it does so now.

        Without workers nobody else could say it.
        """
        entry = next((e for e in collected.probes if e.node == node), None)
        if entry is not None:
            message = "the process ended while it ran"
            foreseen = [error(name, node, message) for name in entry.ids]
            if self._cost < CHEAP_S:
                self.refresh(collected, foreseen)
            else:
                self.refresh_sometimes(collected, foreseen)

    def report(
        self, config: pytest.Config, collected: Collected, *, complete: bool
    ) -> Scorecard:
        """Judge the run, let every report be written, and return the scorecard."""
        mapped = mapping_of(collected.probes)
        self._unheard = findings_of(
            self._broken, self._root, self._asked.requirements, mapped
        )
        self._keeper.add(self._unheard, [])
        card = self._past.told(self._score(collected, complete=complete))
        for problem in reporting.write_all(card, self._keeper.folder):
            self._keeper.fail(problem)
        try:
            config.hook.pytest_roadmap_report(
                scorecard=card, folder=self._keeper.folder
            )
        except (ReportError, OSError) as problem:
            self._keeper.fail(problem)
        self._past.add(card)
        self._keeper.point_at()
        return card

    def exit_status(self, card: Scorecard, status: int, *, strict: bool) -> int:
        """Return the status that the run ends with.

        pytest's own ones keep their meaning; a test that is no probe, a module
        that cannot be imported and a report that cannot be written are no GO.
        """
        if status in {
            pytest.ExitCode.INTERRUPTED,
            pytest.ExitCode.INTERNAL_ERROR,
            pytest.ExitCode.USAGE_ERROR,
        }:
            return status
        gate = exit_status(card.decision, strict=strict)
        if gate:
            return gate
        if self._keeper.problem:
            return int(pytest.ExitCode.INTERNAL_ERROR)
        failed = self.plain_failures or self._broken
        return int(pytest.ExitCode.TESTS_FAILED) if failed else 0

    def _score(
        self,
        collected: Collected,
        *,
        complete: bool,
        foreseen: Iterable[Finding] = (),
    ) -> Scorecard:
        """Return the scorecard of what is known."""
        mapped = mapping_of(collected.probes)
        for finding in self._unheard:
            mapped[finding.requirement] = (finding.probe,)
        suites = self._asked.suites
        return score(
            roadmaps=self._asked.roadmaps,
            mapped=mapped,
            findings=[*self._keeper.findings, *foreseen],
            criteria={suite.roadmap.suite: suite.criteria for suite in suites},
            waivers=[waiver for suite in suites for waiver in suite.waivers],
            run=self._run(complete=complete),
            now=dt.datetime.now(dt.UTC),
            phases=self._asked.gate,
            attestations=self._words,
            baseline=self._baseline,
        )

    def _run(self, *, complete: bool) -> Run:
        """Return the description of this run."""
        return Run(
            id=self._keeper.id,
            started=self._started,
            finished=time.time(),
            version=__version__,
            command=("pytest", *(redact(word) for word in sys.argv[1:])),
            target=tuple((key, redact(value)) for key, value in self.target),
            commit=self._commit,
            complete=complete,
            candidate=self._candidate,
            clean=self._clean,
        )


def _rules(asked: Asked) -> dict[tuple[str, int], Regression]:
    """Return how the phases that compare with a baseline do so."""
    return {
        (suite.roadmap.suite, criterion.phase): criterion.regression
        for suite in asked.suites
        for criterion in suite.criteria.phases
        if criterion.regression is not None
    }


def _words(asked: Asked) -> list[Attestation]:
    """Return what people have attested, without what looks like a secret.

    Raises:
        PlanError: A suite's list of keys cannot be used.
        SigningError: A key file cannot be used.
    """
    return [
        replace(word, note=redact(word.note))
        for suite in asked.suites
        for word in read_attestations(suite)
    ]


def _git(root: Path, *words: str) -> str | None:
    """Return what git says of the checkout; None where there is none to ask."""
    try:
        answer = subprocess.run(
            ["git", *words],
            cwd=root,
            capture_output=True,
            text=True,
            timeout=5,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout.strip() if answer.returncode == 0 else None
