"""What is asked: Roadmap ⊃ Phase ⊃ Section ⊃ Requirement."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_roadmap.model.criterion import Limit
    from pytest_roadmap.model.source import Source


class Claim(StrEnum):
    """What the document itself says of a requirement."""

    OPEN = "open"
    DONE = "done"
    IN_PROGRESS = "in_progress"
    DROPPED = "dropped"
    NONE = "none"


class Strength(StrEnum):
    """How a claim was tested, from weakest to strongest."""

    STATED = "stated"  # somebody says so
    ATTESTED = "attested"  # somebody who may has signed it
    EXISTS = "exists"  # a file or an object is there
    CONFIGURED = "configured"  # a setting has the right value
    OBSERVED = "observed"  # the running system was seen to behave so
    EXERCISED = "exercised"  # the behaviour was provoked and measured

    @property
    def rank(self) -> int:
        """Position on the ladder, 0 (stated) to 5 (exercised)."""
        return _LADDER.index(self)


_LADDER = tuple(Strength)


class Isolation(StrEnum):
    """What a probe needs for itself while it runs."""

    STATIC = "static"  # no cluster
    READ = "read"  # reads a shared target
    NAMESPACE = "namespace"  # a namespace of its own
    CHAIN = "chain"  # a chain instance of its own
    NODE = "node"  # the cluster alone: it breaks nodes
    QUIET = "quiet"  # the cluster alone: it measures

    @property
    def alone(self) -> bool:
        """Whether nothing else may run on the cluster meanwhile."""
        return self in {Isolation.NODE, Isolation.QUIET}


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """An executable that serves as a probe.

    Its contract is in `probes.scripts`: exit status and one JSON line.
    """

    command: tuple[str, ...]
    timeout_s: float = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """One sentence that holds or does not hold, and how to tell.

    `seconds` is the expected duration of its probe; `shares` names the
    recorded fact that several probes judge; `quote` are the document's words that
    it stands for; `owner` is who makes it hold; `line` is the 1-based line in the
    plan file.
    """

    id: str
    suite: str
    phase: int
    section: str
    topic: str
    title: str
    given: str = ""
    when: str = ""
    then: str = ""
    counter_example: str = ""
    limits: tuple[Limit, ...] = ()
    strength: Strength = Strength.OBSERVED
    isolation: Isolation = Isolation.READ
    needs: tuple[str, ...] = ()
    shares: str = ""
    seconds: float = 0.0
    claim: Claim = Claim.NONE
    manual: bool = False
    script: Script | None = None
    quote: str = ""
    owner: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A category of the document, such as "Pod Lifecycle".

    `line` is the 1-based line of the document that asks it, 0 if unknown.
    """

    name: str
    requirements: tuple[Requirement, ...]
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentText:
    """The document itself: its path as the plan's reader found it, and its text."""

    name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """A numbered phase of the document."""

    number: int
    name: str
    sections: tuple[Section, ...]

    def requirements(self) -> Iterator[Requirement]:
        """Yield the phase's requirements in the plan's order."""
        for section in self.sections:
            yield from section.requirements


@dataclass(frozen=True, slots=True, kw_only=True)
class Roadmap:
    """A suite's plan: the denominator of every score.

    `digest` is the SHA-256 (hex) of the plan file's bytes; `root` is the
    suite's folder; `source` is the document behind it, `document` its text.
    """

    suite: str
    title: str
    root: str
    digest: str
    phases: tuple[Phase, ...]
    source: Source | None = None
    document: DocumentText | None = None

    def requirements(self) -> Iterator[Requirement]:
        """Yield every requirement in the plan's order."""
        for phase in self.phases:
            yield from phase.requirements()
