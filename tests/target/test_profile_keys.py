from __future__ import annotations

import pytest

from pytest_roadmap.errors import TargetError, UnavailableError
from pytest_roadmap.target.profile import load_profile

PROFILE = """\
name: reference
namespace: roadmap-chain
chain: {id: roadmap-1}
roles:
  validators: {object: StatefulSet/validator, selector: {app: validator}}
"""
KEYS = """\
keys:
  consensus: {object: Secret/keys, key: "{node}.key.json"}
  operator: {object: Secret/operators, key: "{node}"}
  node: "{node}.node.json"
  to_itself: {BROADCAST: "false"}
variants:
  quick:
    genesis:
      - {op: replace, path: /window, value: "25"}
"""


@pytest.fixture
def load(tmp_path):
    def loaded(more: str):
        file = tmp_path / "profile.yaml"
        file.write_text(PROFILE + more)
        return load_profile(file)

    return loaded


def test_keys_and_variants_are_read(load) -> None:
    profile = load(KEYS)

    assert profile.keys.consensus.key_of("validator-3") == "validator-3.key.json"
    assert profile.keys.operator.object == "operators"
    assert profile.keys.to_itself == {"BROADCAST": "false"}
    assert profile.variant("quick").genesis[0]["value"] == "25"


def test_a_profile_need_not_have_any(load) -> None:
    profile = load("")

    assert profile.keys is None
    with pytest.raises(UnavailableError, match="no variant 'quick'"):
        profile.variant("quick")


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ("keys: {operator: {object: Secret/a, key: b}}", "consensus is missing"),
        ("keys: {consensus: {object: keys, key: b}}", "names no object"),
        ("variants: {quick: {genesis: [{op: grow, path: /a}]}}", "no such operation"),
    ],
)
def test_what_makes_no_sense_is_told(load, more, says) -> None:
    with pytest.raises(TargetError, match=says):
        load(more)
