"""Which signed words count for this run, and why the others do not.

A manual requirement has one more probe than those that are registered: the
word of somebody who may give it.  So it passes through a valid attestation
only, and one that is missing leaves it unknown whatever else has passed.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_roadmap.model import Evidence, Finding, Outcome, Strength
from pytest_roadmap.model.candidate import candidates_of
from pytest_roadmap.model.fingerprint import fingerprint
from pytest_roadmap.scoring.notes import guess

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pytest_roadmap.model import Attestation, Requirement, Run

PROBE = "attestation"  # what answers a manual requirement in place of a node id
CLOCKS_S = 300.0  # how far two machines' clocks may be apart
_SHOWN = 12  # digits of a key or a candidate that a sentence shows


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What is judged once the attestations are among it.

    `refused` says by requirement id why nobody's word counts for it.
    """

    mapped: Mapping[str, tuple[str, ...]]
    findings: tuple[Finding, ...]
    refused: Mapping[str, str]
    notes: tuple[str, ...]


def objection(
    word: Attestation,
    requirements: Mapping[str, Requirement],
    now: dt.datetime,
    candidates: tuple[str, ...] | None,
) -> str:
    """Return why an attestation does not count, or nothing.

    Args:
        word: The attestation, its signature looked at already.
        requirements: The requirements of all plans by id.
        now: The time of judging, with a time zone.
        candidates: What the run is about; None where it does not matter.
    """
    if word.problem:
        return word.problem
    asked = requirements.get(word.requirement)
    if asked is None:
        name = word.requirement
        return f"no plan has the id {name}{guess(name, tuple(requirements))}"
    if word.suite != word.found_in or word.suite != asked.suite:
        other = word.found_in if word.suite != word.found_in else asked.suite
        return f"it was signed for the suite {word.suite}, not for {other}"
    if not asked.manual:
        return f"{asked.id} is measured; only a manual requirement can be attested"
    if word.fingerprint != fingerprint(asked):
        return f"the text of {asked.id} has changed since it was signed"
    return out_of_time(word.issued, word.expires, now) or _other(word, candidates)


def out_of_time(issued: float, expires: dt.date | None, now: dt.datetime) -> str:
    """Return why something that was signed does not hold at `now`, or nothing."""
    if expires is None:
        return "it never expires"
    if issued > now.timestamp() + CLOCKS_S:
        return "it was signed in the future: a clock was wrong"
    if expires < dt.datetime.fromtimestamp(issued, tz=dt.UTC).date():
        return f"it expired on {expires.isoformat()}, before it was signed"
    if now.astimezone(dt.UTC).date() > expires:
        return f"it expired on {expires.isoformat()}"
    return ""


def _other(word: Attestation, candidates: tuple[str, ...] | None) -> str:
    """Return why an attestation is about something else than the run, or nothing."""
    if candidates is None or word.candidate in candidates:
        return ""
    mine = short(word.candidate)
    if not candidates:
        return f"it is for {mine}, and the run names no candidate (--roadmap-candidate)"
    return f"it is for {mine}, and the run is about {', '.join(map(short, candidates))}"


def short(name: str) -> str:
    """Return a candidate or a key as a sentence shows it."""
    kind, colon, digits = name.rpartition(":")
    return f"{kind}{colon}{digits[:_SHOWN]}"


def with_words(  # noqa: PLR0913 - each argument is one of the things that are judged
    requirements: Mapping[str, Requirement],
    *,
    mapped: Mapping[str, tuple[str, ...]],
    findings: Iterable[Finding],
    attestations: Iterable[Attestation],
    run: Run,
    now: dt.datetime,
) -> Words:
    """Return mapping and findings with what the attestations say today.

    What an earlier judging made of attestations gives way: nobody's word is
    counted because it once was.
    """
    valid, refused, notes = _sorted_out(attestations, requirements, run, now)
    registered = {
        name: tuple(probe for probe in probes if probe != PROBE)
        for name, probes in mapped.items()
    }
    for name, asked in requirements.items():
        probes = registered.get(name, ())
        if asked.manual and (probes or name in valid):
            registered[name] = (*probes, PROBE)
    seen = [finding for finding in findings if finding.probe != PROBE]
    seen += [_finding(words) for words in valid.values()]
    return Words(mapped=registered, findings=tuple(seen), refused=refused, notes=notes)


def _sorted_out(
    attestations: Iterable[Attestation],
    requirements: Mapping[str, Requirement],
    run: Run,
    now: dt.datetime,
) -> tuple[dict[str, list[Attestation]], dict[str, str], tuple[str, ...]]:
    """Return the attestations that count, why others do not, and notes on these.

    One for an earlier candidate is history and not worth a note where there is
    one for this; one with a broken signature always is.
    """
    candidates = candidates_of(run)
    valid: dict[str, list[Attestation]] = {}
    bad: list[tuple[Attestation, str]] = []
    for word in sorted(attestations, key=lambda w: (w.file, w.digest)):
        if why := objection(word, requirements, now, candidates):
            bad.append((word, why))
        else:
            valid.setdefault(word.requirement, []).append(word)
    bad = [(w, why) for w, why in bad if w.problem or w.requirement not in valid]
    refused: dict[str, str] = {}
    for word, why in bad:
        refused.setdefault(word.requirement, f"its attestation is refused: {why}")
    notes = tuple(f"The attestation {w.file} is refused: {why}." for w, why in bad)
    return valid, refused, notes


def _finding(words: list[Attestation]) -> Finding:
    """Return what valid attestations of one requirement say together."""
    last = max(words, key=lambda w: (w.expires or dt.date.min, w.issued, w.file))
    until = last.expires.isoformat() if last.expires else ""
    return Finding(
        requirement=last.requirement,
        probe=PROBE,
        outcome=Outcome.PASSED,
        message=f"attested by {last.signer} (key {short(last.key)}) until {until}",
        strength=Strength.ATTESTED,
        started=last.issued,
        evidence=tuple(_evidence(word) for word in words),
        target=(("candidate", last.candidate),),
    )


def _evidence(word: Attestation) -> Evidence:
    """Return who has signed what, when, and where that can be looked up."""
    told = {
        "signed by": word.signer,
        "key": word.key,
        "signed at": dt.datetime.fromtimestamp(word.issued, tz=dt.UTC).isoformat(),
        "expires": word.expires.isoformat() if word.expires else "",
        "candidate": word.candidate,
        "file": word.file,
        "sha256": word.digest,
        "note": word.note,
    }
    text = json.dumps(told, ensure_ascii=False, indent=1)
    data = text.encode("utf-8", "backslashreplace")
    return Evidence(
        kind="record",
        name=f"attestation {word.file}",
        text=data.decode(),
        sha256=hashlib.sha256(data).hexdigest(),
        size=len(data),
    )
