from __future__ import annotations

import json

import pytest

from pytest_roadmap.errors import TargetError
from pytest_roadmap.target import genesis_text
from pytest_roadmap.target.profile import GenesisSource

GENESIS = json.dumps(
    {
        "chain_id": "c-1",
        "app_state": {
            "bank": {
                "params": {"amount": "1"},
                "balances": [{"address": "a", "coins": [{"amount": "999"}]}],
            }
        },
    }
)


def test_only_one_balance_differs():
    altered = genesis_text.with_other_balance(GENESIS)

    assert altered == GENESIS.replace('"999"', '"1000"')
    assert genesis_text.sha256(altered) != genesis_text.sha256(GENESIS)


def test_a_genesis_without_balances_is_told():
    with pytest.raises(TargetError, match="no account with a balance"):
        genesis_text.with_other_balance('{"chain_id": "c-1"}')


def test_a_changed_genesis_has_its_hash_published() -> None:
    source = GenesisSource(
        kind="ConfigMap",
        object="genesis",
        key="g.json",
        hash="ConfigMap/genesis-hash",
        hash_key="sha256",
    )
    documents = [
        {
            "kind": "ConfigMap",
            "metadata": {"name": "genesis"},
            "data": {"g.json": '{"a": {"b": "1"}}', "other": "stays"},
        },
        {
            "kind": "ConfigMap",
            "metadata": {"name": "genesis-hash"},
            "data": {"sha256": "old"},
        },
    ]
    operation = {"op": "replace", "path": "/a/b", "value": "2"}

    genesis, published = genesis_text.changed(documents, source, [operation])

    assert genesis["data"] == {"g.json": '{"a":{"b":"2"}}', "other": "stays"}
    assert published["data"]["sha256"] == genesis_text.sha256('{"a":{"b":"2"}}')
    assert documents[1]["data"]["sha256"] == "old"
    assert genesis_text.changed(documents, source, []) == tuple(documents)


def test_a_target_without_a_genesis_cannot_have_it_changed() -> None:
    with pytest.raises(TargetError, match="no genesis"):
        genesis_text.changed([], None, [{"op": "remove", "path": "/a"}])
