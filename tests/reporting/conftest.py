"""A synthetic run in which every verdict occurs, and ways to make larger ones."""

from __future__ import annotations

import datetime as dt
import functools
from fractions import Fraction

import pytest

from pytest_roadmap.model import (
    Claim,
    Criteria,
    Criterion,
    DocumentText,
    Evidence,
    Finding,
    Limit,
    Measurement,
    Outcome,
    Phase,
    Policy,
    Requirement,
    Roadmap,
    Run,
    Section,
    Strength,
    Waiver,
)
from pytest_roadmap.scoring import score

NOW = dt.datetime(2026, 3, 10, 12, tzinfo=dt.UTC)
START = NOW.timestamp() - 600

HOSTILE = (
    "</script><script>alert(1)</script> <img src=x onerror=alert(1)> "
    "\x1b[31mred\x1b[0m \u202egnp.exe\u202c \x00 | `code` ``` @everyone "
    "**bold** [a](javascript:x) \ud800"
)


def requirement(name: str, phase: int, section: str, title: str, **more) -> Requirement:
    fields = {"strength": Strength.EXERCISED, "topic": section} | more
    return Requirement(
        id=name, suite="example", phase=phase, section=section, title=title, **fields
    )


DOCUMENT = """# Example roadmap

## Phase 1: Infrastructure

**Pod Lifecycle**: Readiness, graceful stop, state after a restart

**Disruption Budget**: Drains, quorum

## Phase 2: Security

**Secrets**: Variables, rotation, backups, signatures
"""


def plan() -> Roadmap:
    """Return three phases; the third has no criterion."""
    ready = Limit(name="seconds_to_ready", at_most=90.0)
    pods = Section(
        name="Pod Lifecycle",
        line=5,
        requirements=(
            requirement(
                "EX-POD-1",
                1,
                "Pod Lifecycle",
                "Every pod of a new instance is Ready within 90 s.",
                given="An empty namespace and the target's own manifests.",
                when="The manifests are applied once.",
                then="Every pod of every role is Ready at most 90 s later.",
                limits=(ready,),
            ),
            requirement(
                "EX-POD-2",
                1,
                "Pod Lifecycle",
                "A deleted validator stops by itself within half of its grace period.",
                limits=(Limit(name="grace_used_percent", at_most=50.0),),
                owner="runtime team",
            ),
            requirement(
                "EX-POD-3", 1, "Pod Lifecycle", "A node finds its state again."
            ),
        ),
    )
    budget = Section(
        name="Disruption Budget",
        line=7,
        requirements=(
            requirement(
                "EX-PDB-1", 1, "Disruption Budget", "A drain waits for quorum."
            ),
            requirement("EX-PDB-2", 1, "Disruption Budget", "Blocks go on in a drain."),
            requirement("EX-PDB-3", 1, "Disruption Budget", "No pod is left behind."),
        ),
    )
    security = Section(
        name="Secrets",
        line=11,
        requirements=tuple(
            requirement(f"EX-SEC-{n}", 2, "Secrets", title, **more)
            for n, (title, more) in enumerate(SECURITY, start=1)
        ),
    )
    later = Section(
        name="Dashboards",
        requirements=(
            requirement("EX-MON-1", 3, "Dashboards", "Every alert has a runbook."),
            requirement("EX-MON-2", 3, "Dashboards", "The pager works.", manual=True),
        ),
    )
    return Roadmap(
        suite="example",
        title="Example roadmap",
        root="suites/example",
        digest="5f" * 32,
        document=DocumentText(name="suites/example/roadmap.md", text=DOCUMENT),
        phases=(
            Phase(number=1, name="Infrastructure", sections=(pods, budget)),
            Phase(number=2, name="Security", sections=(security,)),
            Phase(number=3, name="Monitoring", sections=(later,)),
        ),
    )


SECURITY = (
    ("No secret stands in an environment variable.", {}),
    ("A stolen token is of no use after an hour.", {}),
    ("Keys are rotated without missing a block.", {}),
    ("The vault may be away for ten minutes.", {}),
    ("Audit logs name who read a secret.", {"claim": Claim.DONE}),
    ("Backups are encrypted.", {}),
    ("A second vault takes over.", {"claim": Claim.DROPPED}),
    ("Windows nodes are hardened.", {}),
    ("Every image is signed.", {}),
    ("Unsigned images are refused.", {}),
)


def finding(name: str, outcome: str, message: str = "", **more) -> Finding:
    number = sum(map(ord, name)) % 97
    fields = {
        "strength": Strength.EXERCISED,
        "started": START + number,
        "duration_s": 1.5 + number / 8,
        "worker": f"gw{number % 2}",
    }
    measured = tuple(Measurement(name=n, value=v) for n, v in more.pop("measured", ()))
    return Finding(
        requirement=name,
        probe=f"suites/example/test_{name.split('-')[1].lower()}.py::test_{name[3:]}",
        outcome=Outcome(outcome),
        message=message,
        measurements=measured,
        **(fields | more),
    )


LOG = """2026-03-10T11:51:02Z INF received signal=terminated
2026-03-10T11:51:02Z INF stopping service=consensus
2026-03-10T11:51:29Z ERR flush of the write-ahead log took 27 s
2026-03-10T11:51:32Z INF stopped"""


def findings() -> list[Finding]:
    log = Evidence(
        kind="log", name="validator-2", text=LOG, sha256="ab" * 32, size=len(LOG)
    )
    large = Evidence(
        kind="record",
        name="watch of pods",
        path=f"evidence/{'cd' * 32}.txt",
        sha256="cd" * 32,
        size=912_384,
    )
    old = {"started": NOW.timestamp() - 40 * 86_400}
    return [
        finding("EX-POD-1", "passed", measured=[("seconds_to_ready", 41.5)]),
        finding(
            "EX-POD-2",
            "passed",
            "stopped by itself",
            measured=[("grace_used_percent", 99.5)],
            evidence=(log, large),
        ),
        finding("EX-POD-3", "failed", "height 812 after the restart, 813 wanted"),
        finding("EX-POD-3", "passed", attempt=2),
        finding("EX-PDB-1", "passed"),
        finding("EX-PDB-2", "unavailable", "no second node can be scheduled"),
        finding("EX-PDB-3", "unavailable", "no second node can be scheduled"),
        finding("EX-SEC-1", "failed", "2 of 7 pods: VAULT_TOKEN"),
        finding("EX-SEC-2", "error", "KeyError: 'expires_at'"),
        finding("EX-SEC-3", "inconclusive", "11 samples, 30 needed"),
        finding("EX-SEC-4", "passed", strength=Strength.CONFIGURED),
        finding("EX-SEC-5", "passed", **old),
        finding("EX-SEC-8", "not_applicable", "the profile lists no Windows node"),
        finding("EX-SEC-9", "passed"),
    ]


def mapped() -> dict[str, tuple[str, ...]]:
    """Return a probe per requirement, except for one and for the manual one."""
    everything = [r.id for r in plan().requirements()]
    return {
        name: (finding(name, "passed").probe,)
        for name in everything
        if name not in {"EX-SEC-6", "EX-MON-2"}
    }


def example():
    """Return the judged synthetic run; every report of it is committed."""
    criteria = Criteria(
        phases=(
            Criterion(
                phase=1,
                threshold=Fraction(1),
                sentence="All infrastructure requirements pass.",
                must_hold=frozenset({"EX-POD-2"}),
            ),
            Criterion(phase=2, threshold=Fraction(19, 20)),
        ),
        policy=Policy(max_age_days=30),
    )
    waiver = Waiver(
        requirement="EX-SEC-1",
        reason="the vault agent's next release takes the token from a file",
        owner="platform team",
        approver="head of security",
        issued=dt.date(2026, 2, 20),
        expires=dt.date(2026, 3, 20),
        line=3,
    )
    run = Run(
        id="20260310-115000-example",
        started=START,
        finished=NOW.timestamp() - 5,
        version="0.1.0",
        command=("pytest", "--roadmap=example"),
        target=(("cluster", "kind-roadmap"), ("kubernetes", "v1.34.0")),
        commit="0123456789abcdef0123456789abcdef01234567",
    )
    return score(
        roadmaps=[plan()],
        mapped=mapped(),
        findings=findings(),
        criteria={"example": criteria},
        waivers=[waiver],
        run=run,
        now=NOW,
    )


@pytest.fixture(scope="session")
def card():
    return example()


@pytest.fixture(scope="session")
def hostile():
    """Return a run whose every text comes from an attacker."""
    evidence = Evidence(kind="log", name=HOSTILE, text=HOSTILE, sha256="0" * 64, size=9)
    asked = requirement("EX-</b>-1", 1, HOSTILE, HOSTILE, given=HOSTILE)
    section = Section(name=HOSTILE, requirements=(asked,), line=1)
    phase = Phase(number=1, name=HOSTILE, sections=(section,))
    roadmap = Roadmap(
        suite="example",
        title=HOSTILE,
        root=".",
        digest="0" * 64,
        phases=(phase,),
        document=DocumentText(name=HOSTILE, text=HOSTILE),
    )
    seen = Finding(
        requirement=asked.id,
        probe=HOSTILE,
        outcome=Outcome.FAILED,
        message=HOSTILE + "x" * 10_000_000,
        evidence=(evidence,),
    )
    run = Run(
        id=HOSTILE,
        started=START,
        finished=START + 1,
        version="0",
        target=((HOSTILE, HOSTILE),),
        commit=HOSTILE,
    )
    criteria = Criteria(phases=(Criterion(phase=1, threshold=Fraction(1)),))
    return score(
        roadmaps=[roadmap],
        mapped={asked.id: (HOSTILE,)},
        findings=[seen],
        criteria={"example": criteria},
        waivers=[],
        run=run,
        now=NOW,
    )


@pytest.fixture(scope="session")
def large_run():
    """Return a function that judges a run of `count` requirements."""
    return _large


@functools.cache
def _large(count: int, per_phase: int = 1000):
    cycle = ["passed"] * 7 + ["failed", "unavailable", "error"]
    phases, seen = [], []
    for number in range(-(-count // per_phase)):
        sections = []
        for part in range(10):
            names = range(
                number * per_phase + part, min(count, (number + 1) * per_phase), 10
            )
            asked = tuple(
                requirement(
                    f"BIG-{i}",
                    number + 1,
                    f"Section {part}",
                    f"Requirement {i} holds while the network is partitioned.",
                    given="An own instance at height with a few transactions a second.",
                    when="One validator is cut off from the others for a minute.",
                    then="Blocks go on, and the validator signs again within 30 s.",
                    limits=(Limit(name="seconds", at_most=30.0),),
                )
                for i in names
            )
            sections.append(Section(name=f"Section {part}", requirements=asked))
            seen += [
                finding(
                    r.id,
                    cycle[int(r.id[4:]) % 10],
                    f"what was seen of {r.id}",
                    measured=[("seconds", 12.5)],
                )
                for r in asked
            ]
        phases.append(
            Phase(
                number=number + 1, name=f"Part {number + 1}", sections=tuple(sections)
            )
        )
    roadmap = Roadmap(
        suite="example", title="Large", root=".", digest="0" * 64, phases=tuple(phases)
    )
    criteria = Criteria(
        phases=tuple(
            Criterion(phase=p.number, threshold=Fraction(9, 10)) for p in phases
        )
    )
    run = Run(id="large", started=START, finished=START + 60, version="0.1.0")
    return score(
        roadmaps=[roadmap],
        mapped={f.requirement: (f.probe,) for f in seen},
        findings=seen,
        criteria={"example": criteria},
        waivers=[],
        run=run,
        now=NOW,
    )
