from __future__ import annotations

from pytest_roadmap.probes import probe, unavailable


@probe("INFRA-STS-5", strength="exercised")
def test_each_stable_name_leads_to_its_validator(graceful_stop, evidence):
    """Each stable name leads to the validator of its ordinal, after an absence too."""
    stop = graceful_stop
    if stop.has_address is None:
        unavailable(f"the deleted validator was not replaced: {stop.problem}")
    name = f"{stop.validator.name}.{stop.validator.role.service}"
    newest = {(q.client, q.name): q for q in stop.resolutions}
    denied = {q.client for q in stop.resolutions if q.name == name and q.error}
    evidence.note(f"{len(denied)} residents were told that {name} does not exist")
    evidence.attach("the newest answers", [str(q) for q in newest.values()])

    silent = sorted(key for key, q in newest.items() if not q.addresses)
    evidence.measure("names_without_answer", len(silent))
    assert not silent, (
        f"names_without_answer {len(silent)} > 0: {silent[0][1]}, asked by "
        f"{silent[0][0]}: {newest[silent[0]].error}"
    )
    wrong = [
        f"{question.name} at {address} was {met}"
        for question in stop.resolutions
        for address, met in question.nodes
        if met and met != stop.node_ids[question.name]
    ]
    evidence.measure("wrong_node_ids", len(wrong))
    assert not wrong, f"wrong_node_ids {len(wrong)} > 0: {wrong[0]}"
    met = {
        (question.client, question.name)
        for question in stop.resolutions
        if question.at > stop.has_address
        and question.nodes
        and all(met for _, met in question.nodes)
    }
    unmet = sorted(newest.keys() - met)
    assert not unmet, f"no handshake since {stop.validator} has its address: {unmet}"

    seconds = _seconds_to_new_address(stop, name)
    late = sorted(client for client, taken in seconds.items() if taken is None)
    assert not late, f"these were never told the new address: {', '.join(late)}"
    evidence.measure("seconds_from_address_to_answer", max(seconds.values()))


def _seconds_to_new_address(stop, name):
    """Return by resident how long the new address took; None where it never came."""
    seconds = dict.fromkeys((q.client for q in stop.resolutions), None)
    for question in stop.resolutions:
        found = question.name == name and stop.after.ip in question.addresses
        if found and seconds[question.client] is None:
            answered = question.at + question.seconds
            seconds[question.client] = max(answered - stop.has_address, 0.0)
    return seconds
