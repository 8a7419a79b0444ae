"""What the commands about people's words share: suites, archives, signed files."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_roadmap.errors import PlanError, RoadmapError, SigningError
from pytest_roadmap.model.candidate import candidate
from pytest_roadmap.model.days import iso_day
from pytest_roadmap.model.jsonable import to_json
from pytest_roadmap.plan import find_suites, load_suite
from pytest_roadmap.plan.suggestions import did_you_mean

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from pytest_roadmap.model import Attestation, Requirement, Scorecard, SignOff
    from pytest_roadmap.plan import Suite
    from pytest_roadmap.signing.keys import TrustedKey
    from pytest_roadmap.signing.sign_offs import Judged

LATEST = Path("reports/runs/latest")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A signed file that was looked at; `problem` says why it does not count."""

    path: Path
    problem: str
    word: Attestation | SignOff

    def row(self) -> dict[str, object]:
        """Return it as plain JSON values."""
        fields: dict[str, object] = to_json(self.word)
        return {
            **fields,
            "path": self.path.as_posix(),
            "valid": not self.problem,
            "problem": self.problem,
        }

    def lines(self) -> list[str]:
        """Return it as lines of text."""
        if self.problem:
            return [f"refused  {self.path.as_posix()}", f"         {self.problem}"]
        word = self.word
        about = getattr(word, "candidate", "") or getattr(word, "archive", "")
        what = getattr(word, "requirement", "") or getattr(word, "decision", "")
        return [
            f"valid    {self.path.as_posix()}",
            f"         {what} for {about[:19]} until {word.expires}",
            f"         signed by {word.signer} (key {word.key[:12]})",
        ]


def judge(
    options: argparse.Namespace,
    candidates: tuple[str, ...] | None,
    now: dt.datetime,
) -> list[Seen]:
    """Return all named signed files, or all that there are, judged."""
    if options.files:
        return [_file(path, options, candidates, now) for path in options.files]
    if options.archive:
        return _run(options.archive, options, now)
    found = [
        _attestation(path, suite, candidates, now)
        for suite in suites_of(options.suite)
        for path in sorted((suite.folder / "attestations").glob("*.json"))
    ]
    if (LATEST / "scorecard.json").exists():
        found += _run(LATEST, options, now)
    return found


def _run(path: Path, options: argparse.Namespace, now: dt.datetime) -> list[Seen]:
    """Return all sign-offs of a run, judged by its archive."""
    folder, about = judged_by(path, options.suite)
    files = sorted((folder / "sign-offs").glob("*.json"))
    return [_sign_off(file, about, now) for file in files]


def _file(
    path: Path,
    options: argparse.Namespace,
    candidates: tuple[str, ...] | None,
    now: dt.datetime,
) -> Seen:
    """Return one named file, judged by the suite or the run that it lies in."""
    beside = path.absolute().parent
    if options.archive or beside.name == "sign-offs":
        _, about = judged_by(options.archive or beside.parent, options.suite)
        return _sign_off(path, about, now)
    if (beside.parent / "plan.yaml").is_file() and not options.suite:
        suite = load_suite(beside.parent, waived=False)
        return _attestation(path, suite, candidates, now)
    suites = suites_of(options.suite)
    if len(suites) != 1:
        names = ", ".join(suite.roadmap.suite for suite in suites)
        raise SigningError(
            "it is not clear which suite's keys count for it",
            where=path.as_posix(),
            remedy=f"name one of {names} with --suite, or an archive with --archive",
        )
    return _attestation(path, suites[0], candidates, now)


def _attestation(
    path: Path, suite: Suite, candidates: tuple[str, ...] | None, now: dt.datetime
) -> Seen:
    """Return an attestation, judged by a suite's plan and keys."""
    from pytest_roadmap.scoring.attestations import objection
    from pytest_roadmap.signing.attestations import read_attestation
    from pytest_roadmap.signing.keys import trusted_keys

    word = read_attestation(path, suite, trusted_keys(suite))
    known = {asked.id: asked for asked in suite.roadmap.requirements()}
    names = candidates and tuple(map(candidate, candidates))
    return Seen(path=path, problem=objection(word, known, now, names), word=word)


def _sign_off(path: Path, judged: Judged, now: dt.datetime) -> Seen:
    """Return a sign-off, judged by the archive that it should be about."""
    from pytest_roadmap.signing.sign_offs import read_sign_off

    word = read_sign_off(path, judged, now)
    return Seen(path=path, problem=word.problem, word=word)


def judged_by(path: Path, names: Sequence[str]) -> tuple[Path, Judged]:
    """Return the folder of a run, and what a sign-off of it is about.

    Raises:
        ReportError: It is no archive.
    """
    from pytest_roadmap.reporting import archive  # loads every report's library

    file = path / archive.FILE if path.is_dir() else path
    card = archive.read(file)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    return file.parent, judged(card, digest, names)


def judged(card: Scorecard, digest: str, names: Sequence[str] = ()) -> Judged:
    """Return what a sign-off of a scorecard is about, with the keys that count.

    The keys are those of the suites in this checkout: an archive cannot say by
    whom it may be signed.
    """
    from pytest_roadmap.signing.sign_offs import Judged, deciding_keys

    wanted = list(names) or [roadmap.suite for roadmap in card.roadmaps]
    keys: tuple[TrustedKey, ...] = ()
    problem = ""
    try:
        keys = deciding_keys(suites_of(wanted))
    except RoadmapError as error:
        problem = f"whose word counts cannot be told: {error.what}"
    return Judged(
        digest=digest,
        run=card.run.id,
        decision=card.decision.value,
        keys=keys,
        problem=problem,
    )


def with_sign_offs(card: Scorecard, data: bytes, folder: Path) -> Iterator[SignOff]:
    """Yield the sign-offs that lie in a run's folder, judged by its archive."""
    from pytest_roadmap.signing.sign_offs import read_sign_offs

    about = judged(card, hashlib.sha256(data).hexdigest())
    yield from read_sign_offs(folder, about, dt.datetime.now(dt.UTC))


def suites_of(names: Sequence[str]) -> list[Suite]:
    """Return the named suites, or all; without their waivers."""
    return [load_suite(folder, waived=False) for folder in find_suites(Path(), names)]


def requirement_of(suites: Sequence[Suite], name: str) -> tuple[Suite, Requirement]:
    """Return the requirement with that id, and its suite.

    Raises:
        PlanError: No plan has it.
    """
    known = []
    for suite in suites:
        for requirement in suite.roadmap.requirements():
            if requirement.id == name:
                return suite, requirement
            known.append(requirement.id)
    raise PlanError(
        f"there is no requirement {name!r}",
        where="ID",
        remedy=did_you_mean(name, known) or "See: pytest-roadmap plan list",
    )


def day_of(option: str, text: str) -> dt.date:
    """Return the day that an option names.

    Raises:
        PlanError: It is no ISO date.
    """
    try:
        return iso_day(text)
    except ValueError as error:
        raise PlanError(
            str(error),
            where=option,
            remedy="Write year-month-day, such as 2026-03-31.",
        ) from error


def refuse_secrets(note: str) -> None:
    """Raise a SigningError if a note holds what looks like a secret."""
    from pytest_roadmap.reporting.evidence import redact

    if redact(note) != note:
        raise SigningError(
            "the note seems to hold a secret, and everybody will read it",
            where="--note",
            remedy="leave the secret out",
        )


def tell(form: str, data: Any, lines: Sequence[str]) -> int:
    """Print an answer as JSON or as lines, and return the exit status 0."""
    if form == "json":
        print(json.dumps(data, ensure_ascii=False, indent=2))
    else:
        print("\n".join(lines))
    return 0
