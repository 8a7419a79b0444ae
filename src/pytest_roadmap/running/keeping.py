"""The run's folder: what was measured is on disk before the next probe begins.

findings.jsonl   one finding per line, appended as it arrives
scorecard.json   written at the start, renewed meanwhile, final at the end
evidence/        content by its digest
"""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_roadmap.errors import ReportError
from pytest_roadmap.model.jsonable import to_json
from pytest_roadmap.reporting.evidence import EvidenceStore, redact
from pytest_roadmap.reporting.files import encoded

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pytest_roadmap.model import Evidence, Finding
    from pytest_roadmap.probes.evidence import Content

FINDINGS = "findings.jsonl"


class Keeper:
    """Keeps the findings of one run below `reports`.

    A full disk does not end the run: what was measured is still judged and
    told on the terminal, and `problem` says what could not be written.
    """

    def __init__(self, reports: Path, *, latest: bool = True) -> None:
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        self.id = f"{stamp}-{secrets.token_hex(2)}"
        self.folder = reports / self.id
        self.findings: list[Finding] = []
        self.problem = ""
        self._latest = latest
        self._store = EvidenceStore(self.folder)

    def open(self) -> None:
        """Make the folder.

        Raises:
            ReportError: It cannot be made.
        """
        try:
            (self.folder / "evidence").mkdir(parents=True)
            (self.folder / FINDINGS).touch()
        except OSError as error:
            raise ReportError(
                f"the run's folder cannot be made: {error.strerror}",
                where=str(self.folder),
                remedy="make room there, or name another folder: --roadmap-report DIR",
            ) from error

    def add(
        self, findings: Iterable[Finding], contents: Iterable[Content]
    ) -> list[Finding]:
        """Keep findings of one probe together with their common evidence.

        This is the one door through which findings come in, so secrets are
        taken out here, before anything is written or shown.

        Returns:
            The findings as they were kept.
        """
        evidence = self._keep(contents)
        kept = [_without_secrets(finding, evidence) for finding in findings]
        self.findings += kept
        lines = [json.dumps(to_json(f), ensure_ascii=False) for f in kept]
        try:
            with (self.folder / FINDINGS).open("ab") as file:
                file.writelines(encoded(f"{line}\n") for line in lines)
        except OSError as error:
            self.fail(error)
        return kept

    def fail(self, error: OSError | ReportError) -> None:
        """Remember the first thing that could not be written."""
        self.problem = self.problem or str(error)

    def point_at(self) -> None:
        """Let `latest` beside the folder name it, if it is a run of the gate."""
        if not self._latest:
            return
        link = self.folder.parent / "latest"
        fresh = link.with_name(f".latest-{self.id}")
        try:
            fresh.symlink_to(self.id)
            fresh.replace(link)
        except OSError as error:
            fresh.unlink(missing_ok=True)
            self.fail(error)

    def _keep(self, contents: Iterable[Content]) -> tuple[Evidence, ...]:
        """Return `contents` as evidence, redacted and stored."""
        try:
            return self._store.keep(contents)
        except ReportError as problem:
            self.fail(problem)
            return ()


def _without_secrets(finding: Finding, evidence: tuple[Evidence, ...]) -> Finding:
    """Return a finding with its evidence, and without the secrets in its words."""
    return replace(
        finding,
        message=redact(finding.message),
        target=tuple((key, redact(value)) for key, value in finding.target),
        evidence=(*finding.evidence, *evidence),
    )
