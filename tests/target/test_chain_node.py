"""How a run of a node ended, and what it says in its metrics."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from pytest_roadmap.errors import TargetError, UnavailableError
from pytest_roadmap.target.chain_node import ChainNode

NOW = 1_000_000.4


def state(now=None, last=None):
    """Return a version of the pod, from the runs of its container."""
    container = SimpleNamespace(now=now, last=last)
    pod = SimpleNamespace(uid="u", container=lambda _: container)
    return SimpleNamespace(object=pod)


def run(code=None, finished=None):
    return SimpleNamespace(exit_code=code, finished=finished)


def node(*states):
    pods = {"validator-0": states[-1].object}
    found = type("Pods", (dict,), {"history": lambda _, **__: states})(pods)
    role = SimpleNamespace(container="node")
    return ChainNode(SimpleNamespace(pods=found), role, "validator-0")


def test_an_end_is_told_although_the_new_run_does_not_know_of_it():
    died = state(now=run(137, NOW))

    assert node(state(now=run()), died, state(now=run())).exit_code_since(NOW) == 137


def test_an_end_that_only_the_new_run_tells():
    after = state(now=run(), last=run(2, 1_000_000.0))

    assert node(after).exit_code_since(NOW) == 2, "the kubelet tells whole seconds"


def test_an_end_from_before_is_not_taken_for_it():
    before = state(now=run(), last=run(1, NOW - 30))

    assert node(before).exit_code_since(NOW) is None


def measured(text):
    """Return a node whose metrics are these, under the profile's word `height`."""
    profile = SimpleNamespace(
        name="paw", metrics={"height": "blocks"}, ports=SimpleNamespace(metrics=26660)
    )
    api = SimpleNamespace(proxy=lambda *_: SimpleNamespace(text=text))
    instance = SimpleNamespace(api=api, name="chain", profile=profile)
    return ChainNode(instance, None, "validator-0")


@pytest.mark.parametrize("line", ["blocks 7", 'blocks{chain_id="a 1"} 7.0'])
def test_a_metric_is_found_by_the_profiles_word(line):
    assert measured(f"# blocks 1\nblocks_total 3\n{line}\n").metric("height") == 7


def test_a_metric_with_several_lines_is_told_apart_by_its_labels() -> None:
    text = (
        'blocks{chain="a",status="accepted"} 7\nblocks{chain="a",status="rejected"} 2\n'
    )
    node = measured(text)

    assert node.metric("height", status="rejected") == 2
    assert node.metric("height", absent=0, status="lost") == 0


def test_a_metric_that_is_not_shown_yet_may_have_a_value():
    node = measured("blocks_total 3\n")

    assert node.metric("height", absent=0) == 0
    with pytest.raises(TargetError, match="no metric blocks"):
        node.metric("height")
    with pytest.raises(UnavailableError, match="paw names no metric 'rounds'"):
        node.metric("rounds", absent=0)
