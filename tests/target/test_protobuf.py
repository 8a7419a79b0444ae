from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_roadmap.target.protobuf import (
    Fixed64,
    Present,
    bytes_of,
    delimited,
    fields,
    message,
    messages,
    number_of,
)


@settings(deadline=None)  # a busy machine is no mistake of a message
@given(
    st.dictionaries(st.integers(1, 200), st.integers(1, 2**63) | st.binary(min_size=1))
)
def test_what_is_written_is_read(entries) -> None:
    data = message(*entries.items())

    assert fields(data) == {number: [value] for number, value in entries.items()}


def test_what_is_left_out_is_nothing() -> None:
    assert message((1, ""), (2, 0)) == b""
    assert number_of(b"", 3) == 0
    assert bytes_of(b"", 3) == b""


def test_data_that_end_in_a_number_are_no_message() -> None:
    with pytest.raises(ValueError, match="the data end in a number"):
        fields(b"\x80")
    with pytest.raises(ValueError, match="field 1 is of kind 3"):
        fields(b"\x0b")


def test_a_field_that_is_cut_short_is_none() -> None:
    with pytest.raises(ValueError, match="the data end in field 1"):
        fields(b"\x0a\x02x")
    with pytest.raises(ValueError, match="the data end in field 1"):
        fields(b"\x0d\x01")


def test_a_number_of_eight_bytes_has_its_place() -> None:
    data = message((3, Fixed64(1)), (4, Fixed64(0)))

    assert data == b"\x19" + bytes([1, 0, 0, 0, 0, 0, 0, 0])
    assert number_of(data, 3) == 1


def test_a_negative_number_takes_sixty_four_bits() -> None:
    assert message((1, -1)) == b"\x08" + b"\xff" * 9 + b"\x01"


def test_what_must_be_present_is_written_without_content() -> None:
    assert message((1, Present())) == b"\x0a\x00"
    assert delimited(b"") == b"\x00"


def test_values_of_one_field_keep_their_order() -> None:
    data = message((1, "a"), (2, 5), (1, b"bc"))

    assert messages(data, 1) == [b"a", b"bc"]
    assert messages(data, 2) == []
