from __future__ import annotations

import datetime as dt
import hashlib
import time
from collections import Counter
from fractions import Fraction
from pathlib import Path

import pytest

from pytest_roadmap.model import Isolation, Strength
from pytest_roadmap.plan import Severity, lint, load_suite

FOLDER = Path(__file__).parents[2] / "suites" / "kubernetes"

# The user's document as it came, with its twice-encoded characters.
AS_IT_CAME = "ba9bac6481f408dc65b3100cb0f0ef4f855541eda6ba67be39b2853ce77d7365"

SECTIONS = {
    1: {
        "Pod Lifecycle": 9,
        "StatefulSet": 6,
        "PersistentVolume": 7,
        "Health Probes": 7,
        "Resources": 6,
        "PDB": 4,
        "Rollback": 6,
    },
    2: {
        "Network Policies": 9,
        "Linkerd mTLS": 6,
        "Communication": 6,
        "TLS": 7,
        "RBAC": 7,
        "Pod Security": 8,
        "Secrets": 6,
        "Container Scanning": 6,
    },
    3: {
        "Pod Failure": 8,
        "Node Failure": 8,
        "Network Partition": 8,
        "Latency": 8,
        "Resource Stress": 7,
        "Byzantine": 7,
        "Split-Brain": 6,
        "Consensus Recovery": 7,
        "State Sync": 6,
    },
    4: {
        "TPS": 7,
        "Block Latency": 7,
        "P2P": 7,
        "API Load": 7,
        "gRPC": 6,
        "Database": 7,
        "Memory": 6,
        "CPU": 6,
        "HPA": 6,
        "VPA": 5,
        "Storage I/O": 6,
    },
    5: {
        "Prometheus": 8,
        "Grafana": 6,
        "Alerts": 8,
        "Loki": 8,
        "Tracing": 6,
        "Custom Metrics": 7,
        "SLA/SLO": 7,
        "Backup/Restore": 8,
        "Disaster Recovery": 8,
        "Key Rotation": 7,
        "Drift Detection": 7,
    },
    6: {"Cross-Component": 6, "Transaction Flows": 5, "Upgrades": 4},
}


@pytest.fixture(scope="module")
def suite():
    return load_suite(FOLDER)


def broken_again(text: str) -> str:
    """Encode every character beyond ASCII twice, as it came."""
    return "".join(
        character
        if character.isascii()
        else "".join(
            bytes([byte]).decode("cp1252", "ignore") or chr(byte)
            for byte in character.encode()
        )
        for character in text
    )


def test_the_document_is_the_users_with_nothing_but_its_encoding_repaired():
    text = (FOLDER / "roadmap.md").read_text(encoding="utf-8")

    assert hashlib.sha256(broken_again(text).encode()).hexdigest() == AS_IT_CAME
    assert set("".join(text.split())) - set(map(chr, range(128))) == set("→↔✓🔴🔵🟡")


def test_the_plan_has_every_section_with_its_number_of_requirements(suite):
    found = {
        phase.number: {s.name: len(s.requirements) for s in phase.sections}
        for phase in suite.roadmap.phases
    }

    assert found == SECTIONS
    assert [sum(found[n].values()) for n in found] == [45, 55, 65, 70, 80, 15]
    assert sum(len(sections) for sections in found.values()) == 49


def test_lint_finds_no_fault_of_the_plan(suite):
    errors = [p for p in lint(suite) if p.severity is Severity.ERROR]

    assert errors == []


def test_lint_finds_where_the_document_contradicts_itself(suite):
    told = "\n".join(problem.what for problem in lint(suite, dt.date(2026, 1, 1)))

    assert "'98% Complete', but 4 of its 63 boxes are ticked" in told
    assert "54 of the 59 open boxes lie elsewhere" in told
    assert "~6,500 LOC, the impacts below add up to 4,900" in told
    assert "P3-SIMP-1 deletes x/dex/keeper/swap.go, which P1-SEC-3, P3-PERF-1" in told
    assert "calls phase 3 'Chaos/Resilience'" in told


def test_the_criteria_are_the_documents(suite):
    shares = {entry.phase: entry.threshold for entry in suite.criteria.phases}

    assert shares == {
        1: Fraction(1),
        2: Fraction(1),
        3: Fraction(19, 20),
        4: Fraction(9, 10),
        5: Fraction(1),
        6: Fraction(1),
    }
    assert all(entry.sentence for entry in suite.criteria.phases)


def test_every_requirement_is_measured_and_says_what_it_takes(suite):
    for entry in suite.roadmap.requirements():
        assert entry.limits, entry.id
        assert entry.needs, entry.id
        assert entry.seconds > 0, entry.id
        assert entry.title.endswith("."), entry.id
        assert entry.strength.rank >= Strength.OBSERVED.rank, entry.id


def test_behaviour_is_exercised(suite):
    strengths = Counter(entry.strength for entry in suite.roadmap.requirements())
    first = Counter(entry.strength for entry in suite.roadmap.phases[0].requirements())

    assert strengths[Strength.EXERCISED] >= 309
    assert first[Strength.EXERCISED] >= 41


def test_requirements_that_share_a_fact_may_run_together(suite):
    """A fact that a quiet run records cannot be read by a probe beside others."""
    sharing: dict[str, set[bool]] = {}
    for entry in suite.roadmap.requirements():
        if entry.shares:
            quiet = entry.isolation is Isolation.QUIET
            sharing.setdefault(entry.shares, set()).add(quiet)

    assert [fact for fact, kinds in sharing.items() if len(kinds) > 1] == []


def test_no_requirement_has_the_words_of_one_target(suite):
    """Namespaces, labels and node names belong to the profile."""
    for entry in suite.roadmap.requirements():
        asked = f"{entry.title} {entry.given} {entry.when} {entry.then}"
        assert "paw-" not in asked, entry.id
        assert "namespace paw" not in asked, entry.id


def test_the_plan_is_read_in_four_tenths_of_a_second():
    best = min(_cpu_seconds_to_load() for _ in range(3))

    assert best <= 0.4


def _cpu_seconds_to_load() -> float:
    start = time.process_time()
    load_suite(FOLDER)
    return time.process_time() - start
