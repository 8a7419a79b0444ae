from __future__ import annotations

import json

import pytest

from pytest_roadmap.reporting import lined
from pytest_roadmap.reporting.lined import Lines


def test_each_entry_of_a_long_list_has_a_line():
    text = lined.dumps({"a": [1, {"x": 2}], "b": [{"c": Lines([{"d": [3]}, "é≥"])}]})

    assert text.splitlines() == [
        "{",
        ' "a": [1, {"x": 2}],',
        ' "b": [',
        "  {",
        '   "c": [',
        '    {"d": [3]},',
        '    "é≥"',
        "   ]",
        "  }",
        " ]",
        "}",
    ]


@pytest.mark.parametrize(
    "value",
    [{}, [], Lines(), {"a": Lines()}, {"a": {"b": Lines([1])}}, Lines([[], {}])],
)
def test_whatever_is_written_is_read_back(value):
    assert json.loads(lined.dumps(value)) == value


def test_a_number_that_json_does_not_have_is_refused():
    with pytest.raises(ValueError, match="not JSON compliant"):
        lined.dumps(Lines([float("nan")]))
