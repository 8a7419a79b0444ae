from __future__ import annotations

import threading

import pytest

from pytest_roadmap.target.evicting import asked_at_once, asking
from pytest_roadmap.target.evictions import Refusal
from pytest_roadmap.target.pods import Pod
from pytest_roadmap.target.requests import ApiError

LONG_S = 10.0
BY_BUDGET = Refusal(status=429, causes=("DisruptionBudget",), message="not now")
TOO_BUSY = Refusal(status=429, causes=(), message="later")


class Budget:
    """Admits so many evictions; every asking waits until `together` are asked."""

    def __init__(self, *, admits: int = 0, together: int = 1, refusal=BY_BUDGET):
        self.left = admits
        self.refusal = refusal
        self.asked = []
        self.gone = set()
        self.enough = threading.Event()
        self._together = threading.Barrier(together, timeout=LONG_S)
        self._lock = threading.Lock()

    def evict(self, pod, *, dry_run):
        self._together.wait()
        with self._lock:
            self.asked.append((pod.name, dry_run))
            if len(self.asked) > 4:
                self.enough.set()
            if pod.name in self.gone:
                raise ApiError("gone", where="", status=404)
            if self.left:
                self.left -= 1
                return None
        return self.refusal


def pods(*names):
    return [Pod(raw={"metadata": {"name": name}}) for name in names]


def test_all_are_asked_at_one_moment_and_each_once():
    budget = Budget(admits=1, together=3)  # the third asking lets the others go on

    answers = asked_at_once(budget, pods("a", "b", "c"))

    assert [answer.pod.name for answer in answers] == ["a", "b", "c"]
    assert sorted(budget.asked) == [("a", False), ("b", False), ("c", False)]
    assert sum(answer.admitted for answer in answers) == 1
    assert sum(answer.by_budget for answer in answers) == 2
    assert all(answer.sent <= answer.answered for answer in answers)


def test_an_answer_says_whose_it_is_and_why():
    admitted = asked_at_once(Budget(admits=1), pods("a"))
    refused = asked_at_once(Budget(), pods("b"), dry_run=True)

    assert str(admitted[0]) == "a: admitted"
    assert str(refused[0]) == "b: not now"


def test_a_server_that_is_too_busy_is_no_budget():
    (answer,) = asked_at_once(Budget(refusal=TOO_BUSY), pods("a"))

    assert not answer.admitted
    assert not answer.by_budget


def test_a_pod_that_is_not_there_cannot_be_asked_for():
    budget = Budget()
    budget.gone = {"a"}

    with pytest.raises(ApiError, match="gone"):
        asked_at_once(budget, pods("a"))


def test_it_asks_again_and_again_without_evicting_and_leaves_out_who_has_gone():
    budget = Budget()
    budget.gone = {"b"}

    with asking(budget, lambda: pods("a", "b"), every=0.001) as asker:
        assert budget.enough.wait(LONG_S)
    asked = len(budget.asked)

    assert {name for name, _ in budget.asked} == {"a", "b"}
    assert all(dry_run for _, dry_run in budget.asked)
    assert {answer.pod.name for answer in asker.asked} == {"a"}
    assert len(asker.asked) >= 2
    assert len(budget.asked) == asked, "it went on after its end"
