"""What a failed release does to the budget, and what its undo leaves behind."""

from __future__ import annotations

from pytest_roadmap.probes import probe

LONGEST = 24  # characters of a value in a failure's message


@probe("INFRA-ROLL-3", strength="exercised")
def test_only_the_broken_validator_can_be_evicted(failed_release, evidence):
    """While a release holds one validator down no healthy one can be evicted."""
    fact = failed_release
    assert fact.taken, f"no validator was taken: {fact.problem}"

    healthy = [a for a in fact.asked if a.pod.name not in fact.taken]
    broken = [a for a in fact.asked if a.pod.name in fact.taken]
    admitted = "; ".join(str(a) for a in healthy if not a.by_budget)
    refused = "; ".join(str(a) for a in broken if not a.admitted)
    evidence.note("; ".join(map(str, fact.asked)))

    evidence.measure("healthy_evictions_admitted", sum(a.admitted for a in healthy))
    evidence.measure("broken_evictions_refused", sum(not a.admitted for a in broken))
    assert len(healthy) + len(broken) == len(fact.traits_before), fact.problem
    assert not admitted, f"healthy_evictions_admitted, where none may be: {admitted}"
    assert not refused, f"broken_evictions_refused, where none may be: {refused}"


@probe("INFRA-ROLL-4", strength="exercised")
def test_an_undone_release_leaves_no_trace(failed_release, evidence):
    """An undone release leaves no trace in images, arguments, files or versions."""
    fact = failed_release
    assert fact.taken, f"no validator was taken: {fact.problem}"

    differing = {
        name: changed
        for name, before in fact.traits_before.items()
        if (changed := _changed(before, fact.traits_after[name]))
    }
    evidence.attach("before", _table(fact.traits_before))
    evidence.attach("after", _table(fact.traits_after))

    evidence.measure("validators_that_differ", len(differing))
    evidence.measure("values_compared", sum(map(len, fact.traits_before.values())))
    assert not differing, (
        f"validators_that_differ {len(differing)} > 0: {differing} {fact.undo_problem}"
    )
    current, update = fact.revisions_after
    assert current == update, f"current revision {current}, update revision {update}"


@probe("INFRA-ROLL-5", strength="exercised")
def test_the_undo_alone_mends_the_broken_validator(failed_release, evidence):
    """The undo alone mends the broken validator; nobody has to delete its pod."""
    fact = failed_release
    assert fact.taken, f"no validator was taken: {fact.problem}"

    # Nothing but the undo was done: who is still broken needs somebody's hand.
    stuck = [n for n in fact.taken if fact.pods_after.get(n) != fact.revision_before]
    others = fact.replaced_healthy
    evidence.measure("manual_steps", len(stuck))
    evidence.measure("healthy_pods_replaced", len(others))

    assert not stuck, f"manual_steps {len(stuck)} > 0: {stuck[0]}: {fact.undo_problem}"
    assert not others, f"healthy_pods_replaced {len(others)} > 0: {', '.join(others)}"
    assert fact.signed_after is not None, f"seconds_to_signing: {fact.undo_problem}"
    evidence.measure("seconds_to_signing", fact.signed_after)


def _changed(before, after):
    """Return what is not as before, with both values."""
    return "; ".join(
        f"{trait} {value[:LONGEST]} → {after.get(trait, 'unknown')[:LONGEST]}"
        for trait, value in before.items()
        if after.get(trait) != value
    )


def _table(traits):
    """Return what was compared, one value on a line."""
    return "\n".join(
        f"{name} {trait}: {value}"
        for name, values in traits.items()
        for trait, value in values.items()
    )
