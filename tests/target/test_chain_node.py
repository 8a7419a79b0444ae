"""How a run of a node ended, from the states of its pod that came."""

from __future__ import annotations

from types import SimpleNamespace

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
