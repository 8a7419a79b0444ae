"""How it is measured: what a probe author imports.

A probe is an ordinary pytest function that says which requirements it answers:

    @probe("INFRA-PDB-3", strength="exercised")
    def test_drain_stops_before_the_chain_does(cluster, chain, evidence):
        ...
        evidence.measure("refusals", refusals)

What it does decides the outcome:

    returns                         passed
    a false assertion               failed
    unavailable("why")              unavailable: target, tool or credential is not there
    inconclusive("why")             inconclusive: too noisy or too few samples to tell
    not_applicable("which record")  not applicable: a positive record says so
    pytest.skip("why")              not run
    any other exception             error: the probe broke

Numbers are measured here and judged by the plan's limits.
"""

from __future__ import annotations

from pytest_roadmap.probes.marks import probe
from pytest_roadmap.probes.outcomes import inconclusive, not_applicable, unavailable
from pytest_roadmap.probes.waiting import eventually, throughout

__all__ = [
    "eventually",
    "inconclusive",
    "not_applicable",
    "probe",
    "throughout",
    "unavailable",
]
