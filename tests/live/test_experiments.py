"""An experiment on a real chain: what it records of a fault, and what it refuses."""

from __future__ import annotations

import pytest

from pytest_roadmap.errors import UnavailableError
from pytest_roadmap.target import clock
from pytest_roadmap.target.experiments import Experiment

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def chain(pool):
    return pool.acquire()


def test_a_cut_is_seen_from_its_injection_to_the_recovery(chain) -> None:
    cut_off = chain.validators[1]
    with Experiment(chain, events=["NewRound"]) as experiment:
        with experiment.inject(experiment.faults.cut(cut_off)) as cut:
            chain.blocks.wait_for_blocks(5, within=60)
            stood = experiment.record.height_of(cut_off.name)
            highest = experiment.record.highest()
        seconds = experiment.until_recovered(cut_off, since=cut.healed, within=60)
        ended = experiment.conclude()

    assert highest - stood >= 3, "the cut-off validator followed the chain"
    assert seconds > 0
    assert not ended.safety.conflicts
    assert not ended.safety.mismatches
    assert ended.safety.compared > 5
    assert ended.impact.missed_signatures[cut_off.name] >= 3
    (band,) = ended.timeline.bands
    assert band.injected < band.verified < band.healed < band.off < band.recovered
    assert {name for name, _ in ended.timeline.nodes} == {
        node.name for node in chain.all_nodes
    }
    for name, samples in ended.timeline.nodes:
        pauses = [b - a for a, b in zip(samples.at, samples.at[1:], strict=False)]
        assert sorted(pauses)[len(pauses) // 2] <= 1.1, f"{name} was sampled too rarely"
    assert experiment.record.events("NewRound", since=clock.now() - 600)
    assert experiment.budget == pytest.approx(3.9, abs=1.5)


def test_one_wrong_clock_does_not_move_the_time_of_the_chain(chain) -> None:
    wrong = chain.validators[2]
    with chain.faults.skewed(wrong, 600):
        began = clock.now()
        vote = chain.blocks.wait_for_signature(wrong.address, after=began, within=60)
        chain.blocks.wait_for_blocks(3, within=60)
        latest = chain.blocks.latest

    assert vote.at - began > 500, "the validator's votes tell its own time"
    assert latest.time == pytest.approx(clock.now(), abs=15)
    chain.until_steady(within=60)


def test_a_chain_that_stands_still_is_refused(chain) -> None:
    first, second = chain.validators[:2]
    with (
        chain.faults.cut(first),
        chain.faults.cut(second),
        pytest.raises(UnavailableError, match="unhealthy before the first fault"),
        Experiment(chain),
    ):
        pass
