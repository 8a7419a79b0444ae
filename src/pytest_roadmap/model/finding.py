"""What one probe saw: outcome, message, evidence."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pytest_roadmap.model.roadmap import Strength


class Outcome(StrEnum):
    """The result of one attempt of one probe."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"  # the probe broke: its author acts
    UNAVAILABLE = (
        "unavailable"  # target, tool or credential is not there: the operator acts
    )
    INCONCLUSIVE = "inconclusive"  # measured, but too noisy or too few samples to tell
    NOT_APPLICABLE = "not_applicable"  # a positive record says so
    NOT_RUN = "not_run"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One measured number.  The unit is part of the name, as in its limit."""

    name: str
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One piece of what a probe saw.

    Small text is inline (`text`); larger content lies at `path`, relative to
    the run's folder.  `sha256` is of the redacted content, `size` in bytes.
    """

    kind: str  # request, command, log, event, record, note, timeline
    name: str
    text: str = ""
    path: str = ""
    sha256: str = ""
    size: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one attempt of one probe saw of one requirement.

    `started` is UTC in seconds since the epoch; `probe` is the pytest node id
    or the script's command; `target` is the identity of the system that was
    measured (cluster UID, versions, image digests) as `key=value` pairs;
    `run` names the run that saw it, where archives of several were merged.
    """

    requirement: str
    probe: str
    outcome: Outcome
    message: str = ""
    strength: Strength = Strength.OBSERVED
    started: float = 0.0
    duration_s: float = 0.0
    attempt: int = 1
    worker: str = ""
    measurements: tuple[Measurement, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    target: tuple[tuple[str, str], ...] = ()
    run: str = ""
