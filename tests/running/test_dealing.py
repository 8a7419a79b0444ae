from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_roadmap.running.dealing import Dealer, Unit, in_one_process


def unit(*tests: str, seconds: float = 1, alone: bool = False) -> Unit:
    return Unit(tests=tests, seconds=seconds, alone=alone)


def begun_by(dealer: Dealer) -> list[tuple[str, ...]]:
    return [dealt.tests for _, dealt in dealer.deal()]


def test_the_longest_begin_first():
    dealer = Dealer([unit("a", seconds=1), unit("b", seconds=9), unit("c", seconds=5)])
    for worker in "xy":
        dealer.join(worker)

    assert begun_by(dealer) == [("b",), ("c",)]


def test_one_that_needs_silence_waits_for_it_and_keeps_it():
    dealer = Dealer([unit("node", alone=True), unit("quiet", alone=True), unit("a")])
    for worker in "xyz":
        dealer.join(worker)

    assert begun_by(dealer) == [("a",)]
    assert begun_by(dealer) == []
    dealer.finish("x", "a")
    assert begun_by(dealer) == [("node",)]
    assert begun_by(dealer) == []
    dealer.finish("x", "node")
    assert begun_by(dealer) == [("quiet",)]


def test_every_worker_that_has_run_something_rests_before_the_lonely_ones():
    dealer = Dealer([unit("n", alone=True), unit("a"), unit("b")], rest="rest")
    for worker in "xyz":
        dealer.join(worker)

    assert begun_by(dealer) == [("a",), ("b",)]
    dealer.finish("x", "a")
    assert begun_by(dealer) == []
    dealer.finish("y", "b")
    assert dealer.deal() == [
        ("x", unit("rest", seconds=0)),
        ("y", unit("rest", seconds=0)),
    ]
    dealer.finish("x", "rest")
    assert begun_by(dealer) == []
    dealer.finish("y", "rest")
    assert begun_by(dealer) == [("n",)]


def test_one_that_dies_while_it_rests_has_lost_nothing():
    dealer = Dealer([unit("n", alone=True), unit("a")], rest="rest")
    dealer.join("x")
    dealer.deal()
    dealer.finish("x", "a")
    dealer.deal()

    assert dealer.leave("x") is None
    dealer.join("y")
    assert begun_by(dealer) == [("n",)]


def test_the_lonely_ones_stay_on_one_worker():
    dealer = Dealer([unit("m", alone=True), unit("n", alone=True)])
    for worker in "xyz":
        dealer.join(worker)
    (first,) = dealer.deal()
    dealer.finish(first[0], "m")

    assert [worker for worker, _ in dealer.deal()] == [first[0]]


def test_the_rest_of_a_dead_workers_unit_goes_to_another():
    dealer = Dealer([unit("a", "b", "c")])
    dealer.join("x")
    dealer.deal()
    dealer.finish("x", "a")

    assert dealer.leave("x") == "b"
    dealer.join("y")
    assert begun_by(dealer) == [("c",)]
    dealer.finish("y", "c")
    assert dealer.done


def test_an_idle_worker_that_leaves_loses_nothing():
    dealer = Dealer([unit("a")])
    dealer.join("x")
    dealer.join("y")
    dealer.deal()

    assert dealer.leave("y") is None
    assert not dealer.done


def test_in_one_process_the_lonely_come_last_and_units_stay_together():
    units = [unit("n", alone=True), unit("a", "b"), unit("c")]

    assert in_one_process(units) == ["a", "b", "c", "n"]
    assert in_one_process(units, "rest") == ["a", "b", "c", "rest", "n"]
    assert in_one_process(units[1:], "rest") == ["a", "b", "c"]


plans = st.lists(
    st.tuples(st.integers(1, 4), st.integers(0, 100), st.booleans()), max_size=12
)


@settings(deadline=None)
@given(plan=plans, workers=st.integers(1, 6), choices=st.data())
def test_whatever_happens_every_test_runs_once_or_is_the_lost_one(
    plan, workers, choices
):
    units = [
        unit(*(f"{n}.{k}" for k in range(size)), seconds=seconds, alone=alone)
        for n, (size, seconds, alone) in enumerate(plan)
    ]
    alone = {test: entry.alone for entry in units for test in entry.tests}
    alone["rest"] = False
    dealer = Dealer(units, rest="rest")
    running: dict[int, list[str]] = {worker: [] for worker in range(workers)}
    for worker in running:
        dealer.join(worker)
    newest, ended, lost, place = workers, [], [], {}

    while not dealer.done:
        for worker, dealt in dealer.deal():
            assert not running[worker]
            running[worker] = list(dealt.tests)
            for test in dealt.tests:
                place.setdefault(test.split(".")[0], []).append(worker)
        busy = [worker for worker, held in running.items() if held]
        assert busy, "work is left, and nobody works"
        if any(alone[running[worker][0]] for worker in busy):
            assert len(busy) == 1
        chosen = choices.draw(st.sampled_from(busy))
        if choices.draw(st.integers(0, 9)) == 0:
            lost.append(dealer.leave(chosen))
            had = running.pop(chosen)[0]
            assert lost[-1] == (None if had == "rest" else had)
            running[newest] = []
            dealer.join(newest)
            newest += 1
        else:
            test = running[chosen].pop(0)
            dealer.finish(chosen, test)
            ended.append(test)

    del alone["rest"]
    done = [test for test in ended + lost if test not in {"rest", None}]
    assert sorted(done) == sorted(alone)
    if not lost:
        place.pop("rest", None)
        assert all(len(set(workers)) == 1 for workers in place.values())
