from __future__ import annotations

import pytest

from pytest_roadmap.probes.digests import SuiteCode

CONFTEST = """
import pytest

@pytest.fixture
def web(cluster):
    return cluster.make(REPLICAS)

REPLICAS = 3

def unused(): pass
"""
PROBE = '''
LIMIT = 4

def height_of(node):
    """How high it is."""
    return node.height + LIMIT

def other(): return 1

@probe("A-1")
def test_it(web):
    """It holds."""
    assert height_of(web)  # so there
'''


@pytest.fixture
def digest_with(tmp_path):
    def digest(probe=PROBE, conftest=CONFTEST) -> str:
        (tmp_path / "conftest.py").write_text(conftest)
        (tmp_path / "words").mkdir(exist_ok=True)
        (tmp_path / "words/test_a.py").write_text(probe)
        return SuiteCode(tmp_path).digest(tmp_path / "words/test_a.py", "test_it")

    return digest


@pytest.mark.parametrize(
    "change",
    [
        {"probe": PROBE.replace("assert height_of", "assert 1 + height_of")},
        {"probe": PROBE.replace("+ LIMIT", "- LIMIT")},
        {"probe": PROBE.replace("LIMIT = 4", "LIMIT = 5")},
        {"probe": PROBE.replace('"A-1"', '"A-2"')},
        {"conftest": CONFTEST.replace("REPLICAS = 3", "REPLICAS = 4")},
        {"conftest": CONFTEST.replace("make(", "made(")},
    ],
)
def test_what_it_leads_to_counts(digest_with, change):
    assert digest_with() != digest_with(**change)


@pytest.mark.parametrize(
    "change",
    [
        {"probe": PROBE.replace("It holds.", "It truly holds.")},
        {"probe": PROBE.replace("  # so there", "")},
        {"probe": PROBE.replace("def other(): return 1", "def other(): return 2")},
        {"conftest": CONFTEST.replace("def unused(): pass", "def unused(): return 3")},
    ],
)
def test_what_it_does_not_lead_to_does_not_count(digest_with, change):
    assert digest_with() == digest_with(**change)


def test_another_facts_helper_of_the_same_name_changes_nothing(digest_with, tmp_path):
    before = digest_with()
    (tmp_path / "facts").mkdir()
    (tmp_path / "facts/crash.py").write_text(
        "REPLICAS = 5\nLIMIT = 6\ndef height_of(node): return 0\ndef height(): pass\n"
    )
    (tmp_path / "other").mkdir()
    (tmp_path / "other/conftest.py").write_text(CONFTEST.replace("make(", "unmake("))

    assert digest_with() == before


def test_a_facts_fixture_counts_with_its_own_helpers(digest_with, tmp_path):
    fact = (
        "import pytest\nLIMIT = 1\n@pytest.fixture(scope='session')\n"
        "def web(): return LIMIT\n"
    )
    (tmp_path / "facts").mkdir()
    (tmp_path / "facts/web.py").write_text(fact)
    before = digest_with(conftest="")
    (tmp_path / "facts/web.py").write_text(fact.replace("LIMIT = 1", "LIMIT = 2"))

    assert digest_with(conftest="") != before


def test_a_probe_that_is_gone_has_none(tmp_path):
    assert SuiteCode(tmp_path).digest(tmp_path / "test_a.py", "test_it") == ""
