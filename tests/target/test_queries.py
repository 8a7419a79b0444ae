from __future__ import annotations

from types import SimpleNamespace

import pytest

from pytest_roadmap.errors import UnavailableError
from pytest_roadmap.target import queries
from pytest_roadmap.target.profile import Ports, Query


def chain(*heavy):
    profile = SimpleNamespace(
        name="reference",
        ports=Ports(),
        heavy_queries=heavy,
        role=lambda name: SimpleNamespace(service=name),
    )
    return SimpleNamespace(name="chain-a", profile=profile)


def test_each_status_is_read_on_a_new_connection():
    asked = queries.status(chain(), 10, timeout=2, capture="result.sync_info")

    assert "--url=http://api.chain-a:26657/status" in asked
    assert "--new-connection" in asked
    assert asked[-1] == "--capture-json=result.sync_info"


def test_a_heavy_query_is_sent_as_a_url():
    search = Query(port="rpc", path='/tx_search?query="tx.height>0"&per_page=100')
    pages = Query(port="rest", path="/accounts?pagination.limit=1000")

    asked = queries.heavy(chain(search, pages), workers=16)

    assert asked[1:4] == [
        "--url=http://api.chain-a:26657/tx_search?query=%22tx.height%3E0%22&per_page=100",
        "--url=http://api.chain-a:1317/accounts?pagination.limit=1000",
        "--workers=16",
    ]


def test_a_profile_without_heavy_queries_cannot_be_flooded():
    with pytest.raises(UnavailableError, match="reference permits no heavy query"):
        queries.heavy(chain(), workers=1)
