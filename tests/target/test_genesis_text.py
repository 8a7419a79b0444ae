from __future__ import annotations

import json

import pytest

from pytest_roadmap.errors import TargetError
from pytest_roadmap.target import genesis_text

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
