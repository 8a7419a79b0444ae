from __future__ import annotations

import hashlib
import textwrap

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pytest_roadmap.errors import PlanError
from pytest_roadmap.plan import yaml_files
from pytest_roadmap.plan.documents import Text
from pytest_roadmap.plan.yaml_files import parse_yaml


def parse(text):
    source = textwrap.dedent(text)
    digest = hashlib.sha256(source.encode()).hexdigest()
    return parse_yaml(Text(name="plan.yaml", text=source, digest=digest))


def value(node):
    if isinstance(node.value, dict):
        return {key: value(child) for key, child in node.value.items()}
    if isinstance(node.value, list):
        return [value(child) for child in node.value]
    return node.value


def refused(text: str) -> str:
    with pytest.raises(PlanError) as raised:
        parse(text)
    assert raised.value.remedy
    return str(raised.value)


def test_values_know_the_line_of_their_key():
    root = parse("""\
        a: 1
        b:
          - x
          - y: >-
              long
              text
        """)

    entries = root.mapping("it")["b"].items("it")

    assert root.mapping("it")["b"].where == "plan.yaml:2"
    assert [entry.line for entry in entries] == [3, 4]
    assert entries[1].mapping("it")["y"].value == "long text"


def test_words_are_those_of_yaml_1_2():
    text = "[on, no, yes, 2015-10-21, 0o7, 12:30, ~, true, -3, 1.5e3, '7', +.5, .]"

    assert value(parse(text)) == [
        "on",
        "no",
        "yes",
        "2015-10-21",
        "0o7",
        "12:30",
        None,
        True,
        -3,
        1500.0,
        "7",
        0.5,
        ".",
    ]


def test_an_alias_is_the_value_of_its_anchor():
    assert value(parse("a: &x {n: 1}\nb: *x\n")) == {"a": {"n": 1}, "b": {"n": 1}}


def test_a_cycle_is_refused_with_its_line():
    assert refused("a: &x\n  b:\n    - *x\n").startswith(
        "plan.yaml:3: *x stands for a value that contains it (a cycle)"
    )


def test_an_undefined_alias_is_refused():
    assert "plan.yaml:1: *none stands for nothing" in refused("a: *none\n")


def test_an_alias_bomb_is_refused_before_it_is_unpacked():
    levels = ["l0: &l0 [x, x, x, x, x, x, x, x, x, x]"]
    levels += [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]" for n in range(1, 9)]

    assert "aliases stand for more than 5,000,000 values" in refused("\n".join(levels))


def test_a_bomb_of_depth_is_refused():
    assert "nests deeper than 40 levels" in refused("[" * 41 + "]" * 41)


def test_a_key_that_is_there_twice_is_refused_with_both_lines():
    assert refused("a: 1\nb: 2\na: 3\n").startswith(
        "plan.yaml:3: the key 'a' is here twice, first in line 1"
    )


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: [1, 2\nb: 3\n", 2, "is not YAML"),
        ("a: 1\n b: 2\n", 2, "is not YAML"),
        ("a: b: c\n", 1, "mapping values are not allowed"),
        ('a: "open\n', 2, "unexpected end"),
        ("a:\n\tb: 1\n", 2, "replace the tab"),
        ("a: 1\n---\nb: 2\n", 2, "a second document begins here"),
        ("? [1]\n: 2\n", 1, "a key is not a word"),
        ("a: !!python/object:os.system x\n", 1, "is not used in plan files"),
        ("a: !!int 3\n", 1, "is not used in plan files"),
    ],
)
def test_broken_yaml_is_one_error_with_file_and_line(text, line, words):
    message = refused(text)

    assert message.startswith(f"plan.yaml:{line}: ")
    assert words in message


def test_nothing_is_refused():
    assert refused("# only a comment\n").startswith("plan.yaml: is empty")


def test_it_works_without_the_c_library(monkeypatch):
    monkeypatch.setattr(yaml_files, "_Loader", yaml.SafeLoader)

    assert value(parse("a: [1, &x b, *x]\n")) == {"a": [1, "b", "b"]}
    assert "plan.yaml:2" in refused("a:\n\tb: 1\n")


plain = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**15), 10**15),
    st.text("abc 1-:#'", max_size=9),
)
trees = st.recursive(
    plain,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text("abc", min_size=1, max_size=3), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(trees)
def test_what_pyyaml_writes_is_read_back(tree):
    assert (
        value(parse_yaml(Text(name="x", text=yaml.safe_dump(tree), digest=""))) == tree
    )


@given(st.text("ab:-[]{}&*!|>'\"#%@,? \n\t0", max_size=60))
def test_any_text_is_read_or_refused_with_a_place(text):
    told = _refusal(text)

    assert told is None or (told.where.startswith("plan.yaml") and told.remedy)


def _refusal(text: str) -> PlanError | None:
    try:
        parse_yaml(Text(name="plan.yaml", text=text, digest=""))
    except PlanError as error:
        return error
    return None
