from __future__ import annotations

import math
import threading

import pytest

from pytest_roadmap.model import Measurement
from pytest_roadmap.probes.evidence import (
    LONGEST_CONTENT,
    Content,
    EvidenceBook,
    as_text,
)


def test_numbers_come_back_in_order_with_the_later_value():
    book = EvidenceBook()
    book.measure("restarts", 1)
    book.measure("seconds", 2.5)

    assert book.measure("restarts", 0) == 0
    assert book.measured() == (
        Measurement(name="restarts", value=0.0),
        Measurement(name="seconds", value=2.5),
    )


def test_a_time_below_zero_is_no_measurement():
    book = EvidenceBook()
    with pytest.raises(ValueError, match="its end was before its beginning"):
        book.measure("seconds_to_decide", -14.0)

    book.measure("seconds_to_fall", -0.4)
    book.measure("missed_beyond_absence", -1)
    assert list(book.measurements) == ["seconds_to_fall", "missed_beyond_absence"]


@pytest.mark.parametrize("value", [math.inf, math.nan])
def test_a_number_that_no_limit_can_judge_is_refused(value):
    with pytest.raises(ValueError, match="measured gap = "):
        EvidenceBook().measure("gap", value)


def test_notes_and_records_are_kept_in_order():
    book = EvidenceBook()
    book.note("drained")
    book.attach("pods", {"a": 1})

    assert [(c.kind, c.name) for c in book.contents] == [
        ("note", "note"),
        ("record", "pods"),
    ]
    assert book.contents[1].text == '{\n  "a": 1\n}'


def test_content_over_5_mb_loses_its_middle():
    text = as_text(b"a" * LONGEST_CONTENT + b"end")

    assert len(text) <= LONGEST_CONTENT
    assert text.endswith("end")
    assert "characters left out" in text


def test_collectors_are_called_on_a_failure_and_cannot_spoil_it():
    def broken():
        raise OSError("gone")

    book = EvidenceBook()
    book.on_failure("ns", lambda: [Content(kind="log", name="node-0", text="line")])
    book.on_failure("other", broken)
    book.on_failure("text", lambda: "not a piece")
    book.on_failure("slow", threading.Event().wait)

    book.collect(0.3)

    assert [(c.kind, c.name, c.text) for c in book.contents] == [
        ("log", "ns: node-0", "line"),
        ("note", "other: problem", "could not be collected: gone"),
        (
            "note",
            "text: problem",
            "could not be collected: 'str' object has no attribute 'kind'",
        ),
        ("note", "slow: problem", "could not be collected within 0.3 s"),
    ]
