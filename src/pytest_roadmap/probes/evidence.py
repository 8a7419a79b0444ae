"""The `evidence` fixture: what a probe saw, beyond its outcome."""

from __future__ import annotations

import json
import math
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeAlias

import pytest

from pytest_roadmap.model import Measurement

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pytest_roadmap.model import Strength

LONGEST_CONTENT = 5 * 1024 * 1024
_CLOCKS_DIFFER_S = 1.0  # a kubelet tells whole seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """One piece of evidence on its way to the archive, not yet redacted.

    `kind` is one of request, command, log, event, record, note, timeline.
    """

    kind: str
    name: str
    text: str


class Piece(Protocol):
    """What a collector returns several of."""

    @property
    def kind(self) -> str:
        """One of request, command, log, event, record, note, timeline."""

    @property
    def name(self) -> str:
        """What the reader sees it called."""

    @property
    def text(self) -> str:
        """The content, not yet redacted."""


@dataclass(slots=True)
class EvidenceBook:
    """Collects the numbers, notes and records of one attempt of one probe.

    `strength` is set where it is known only after the probe has run.
    """

    measurements: dict[str, float] = field(default_factory=dict)
    contents: list[Content] = field(default_factory=list)
    strength: Strength | None = None
    collectors: list[tuple[str, Callable[[], Pieces]]] = field(default_factory=list)

    def measure(self, name: str, value: float) -> float:
        """Record the number `value`; its unit is part of `name`.  Return it.

        A number measured twice keeps the later value.  The plan's limit on
        `name` judges it; the probe does not.

        Raises:
            ValueError: It is infinite or no number, so no limit can judge it, or a
                time below zero, which every limit would admit.
        """
        number = float(value)
        if not math.isfinite(number):
            message = f"measured {name} = {value}, which no limit can judge"
            raise ValueError(message)
        if "seconds" in name.split("_") and number < -_CLOCKS_DIFFER_S:
            message = f"measured {name} = {value}: its end was before its beginning"
            raise ValueError(message)
        self.measurements[name] = number
        return value

    def note(self, text: str) -> None:
        """Record one sentence for the reader of the report."""
        self.contents.append(Content(kind="note", name="note", text=text))

    def attach(self, name: str, content: object, kind: str = "record") -> None:
        """Record `content` under `name`.

        Text is kept as it is, bytes are decoded, anything else becomes JSON.
        What is longer than 5 MB loses its middle.
        """
        self.contents.append(Content(kind=kind, name=name, text=as_text(content)))

    def on_failure(self, name: str, collector: Callable[[], Pieces]) -> None:
        """Attach what `collector` returns, each piece under `name`, on a failure.

        It is called before anything is cleaned up.
        """
        self.collectors.append((name, collector))

    def collect(self, seconds: float) -> None:
        """Call the collectors, all together for at most `seconds`.

        One that breaks or is too slow costs its own record and nothing else.
        """
        deadline = time.monotonic() + seconds
        for name, collector in self.collectors:
            answers: list[Pieces] = []
            problem = f"could not be collected within {seconds:g} s"

            def run(
                collector: Callable[[], Pieces] = collector,
                answers: list[Pieces] = answers,
            ) -> None:
                try:
                    answers.append([_content(piece) for piece in collector()])
                except Exception as error:  # noqa: BLE001 - a probe's own code; its failure comes first
                    words = f"could not be collected: {error}"
                    answers.append([Content(kind="note", name="problem", text=words)])

            thread = threading.Thread(target=run, daemon=True)
            thread.start()
            thread.join(max(deadline - time.monotonic(), 0.0))
            late = Content(kind="note", name="problem", text=problem)
            for piece in answers[0] if answers else [late]:
                self.attach(f"{name}: {piece.name}", piece.text, kind=piece.kind)
        self.collectors.clear()

    def measured(self) -> tuple[Measurement, ...]:
        """Return the numbers in the order of their first measurement."""
        return tuple(
            Measurement(name=name, value=value)
            for name, value in self.measurements.items()
        )


def _content(piece: Piece) -> Content:
    """Return a collector's piece as content; what is none breaks here."""
    return Content(kind=piece.kind, name=piece.name, text=piece.text)


def as_text(content: object) -> str:
    """Return `content` as text of at most 5 MB."""
    if isinstance(content, bytes):
        text = content.decode("utf-8", errors="replace")
    elif isinstance(content, str):
        text = content
    else:
        text = json.dumps(content, indent=2, ensure_ascii=False, default=str)
    return shortened(text)


def shortened(text: str, limit: int = LONGEST_CONTENT) -> str:
    """Return `text` in at most `limit` characters: its start and its end."""
    if len(text) <= limit:
        return text
    half = (limit - 100) // 2
    cut = len(text) - 2 * half
    return f"{text[:half]}\n… {cut} characters left out …\n{text[-half:]}"


Pieces: TypeAlias = "Iterable[Piece]"
BOOK = pytest.StashKey[EvidenceBook]()  # of the running probe
