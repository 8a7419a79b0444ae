"""Phase 1 of the Kubernetes plan on a real cluster, and a sample of what must fail."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.live

# One quick counter-example of each section; the nightly job runs all of them.
SAMPLE = ("INFRA-POD-8", "INFRA-STS-4", "INFRA-PV-6", "INFRA-RES-5", "INFRA-PDB-1")


def phase_one(card):
    """Return the requirements of phase 1, by id."""
    found = {r["id"]: r for r in card["requirements"]}
    return {name: entry for name, entry in found.items() if name.startswith("INFRA-")}


def not_passed(results):
    return {n: r["message"] for n, r in results.items() if r["verdict"] != "passed"}


def test_every_requirement_of_phase_one_holds_on_the_reference_chain(roadmap, listed):
    status, card = roadmap()
    results = phase_one(card)
    doubtful = not_passed(results)

    assert len(results) == 45
    assert not {n for n, r in results.items() if r["attempts"] == 0}, "not run"
    assert (status == 0) is (not doubtful), "the exit status is the decision"
    if doubtful:  # a second look tells a flaky probe from a broken one; both are shown
        print(f"not passed at the first run: {doubtful}")
        ids = [f"--roadmap-id={name}" for name in doubtful]
        _, again = roadmap(*ids)
        second = phase_one(again)
        assert not_passed({name: second[name] for name in doubtful}) == {}
    assert all(entry["seen_passing"] for entry in listed().values())


def test_probes_fail_on_their_counter_examples(roadmap, listed):
    ids = [f"--roadmap-id={name}" for name in SAMPLE]

    status, _ = roadmap("--roadmap-counterexamples", *ids)

    assert status == 0
    entries = listed()
    assert [name for name in SAMPLE if not entries[name]["seen_failing"]] == []
