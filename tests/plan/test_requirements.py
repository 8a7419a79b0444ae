from __future__ import annotations

import pytest

from pytest_roadmap.errors import PlanError
from pytest_roadmap.plan.documents import Text
from pytest_roadmap.plan.requirements import Place, requirement
from pytest_roadmap.plan.yaml_files import parse_yaml

PLACE = Place(suite="house", phase=1, section="Walls")


def read(text: str):
    lines = f"id: HOUSE-WALL-1\ntitle: Every wall is plumb.\n{text}"
    return requirement(parse_yaml(Text(name="plan.yaml", text=lines, digest="")), PLACE)


def refused(text: str) -> str:
    with pytest.raises(PlanError) as raised:
        read(text)
    return str(raised.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("strengt: exercised", "plan.yaml:3: a requirement has no 'strengt'"),
        ("strengt: exercised", "Did you mean 'strength'?"),
        ("strength: excercised", "strength 'excercised' is unknown"),
        ("strength: excercised", "Did you mean 'exercised'?"),
        ("isolation: nodes", "Did you mean 'node'?"),
        ("isolation: zzz", "static, read, namespace, chain, node, quiet"),
        ("claim: finished", "Use one of: open, done, in_progress, dropped, none."),
        ("needs: chain", "'needs' must be a list, here it is text ('chain')"),
        ("needs: [1]", "an entry of 'needs' must be text"),
        ("seconds: soon", "'seconds' must be a number"),
        ("seconds: true", "'seconds' must be a number, here it is true or false"),
        ("seconds: -1", "'seconds' is negative"),
        ("manual: 1", "'manual' must be true or false"),
        ("strength: attested", "only a manual requirement is attested"),
        ("given: [a]", "'given' of HOUSE-WALL-1 must be text, here it is a list"),
        ("limits: [a]", "'limits' must be a mapping"),
        ("limits: {a: 3}", "the limit 'a' must be a mapping"),
        ("limits: {a: {}}", "the limit 'a' bounds nothing"),
        ("limits: {a: {at_moist: 3}}", "Did you mean 'at_most'?"),
        ("limits: {a: {at_most: many}}", "at_most of 'a' must be a number"),
        ("limits: {a: {at_most: 1e999}}", "is no finite number"),
        ("limits: {a: {at_least: 2, at_most: 1}}", "admits no value"),
        ("script: run.sh", "'script' must be a mapping"),
        ("script: {command: ''}", "'command' is empty"),
        ("script: {command: []}", "'command' is empty"),
        ('script: {command: "a \'b"}', "'command' cannot be split: No closing"),
        ("script: {command: a, timeout: 3}", "Did you mean 'timeout_seconds'?"),
        ("script: {command: a, timeout_seconds: -3}", "is negative"),
    ],
)
def test_what_is_wrong_with_a_requirement_is_named(text, message):
    found = refused(text)

    assert message in found
    assert found.startswith("plan.yaml:3: ")


@pytest.mark.parametrize("name", ["infra-1", "INFRA", "INFRA_1", "INFRA-1 ", "INFRÄ-1"])
def test_an_id_has_one_form(name):
    text = f"id: '{name}'\ntitle: x"
    if name == "INFRA-1 ":
        assert requirement(_node(text), PLACE).id == "INFRA-1"
        return
    with pytest.raises(PlanError, match="is not well formed") as raised:
        requirement(_node(text), PLACE)
    assert "INFRA-PDB-3" in raised.value.remedy


def test_an_id_and_a_sentence_are_the_least_that_is_asked():
    with pytest.raises(PlanError, match="a requirement lacks 'title'"):
        requirement(_node("id: A-1"), PLACE)
    with pytest.raises(PlanError, match="a requirement must be a mapping"):
        requirement(_node("just words"), PLACE)


def test_a_command_may_be_a_list_of_words():
    assert read("script: {command: [run.sh, a b]}").script.command == ("run.sh", "a b")


def _node(text: str):
    return parse_yaml(Text(name="plan.yaml", text=text, digest=""))
