from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

from pytest_roadmap.probes import inconclusive, probe
from pytest_roadmap.target import clients

CLIENTS = 2
RATE = 20.0
LEAST = 200
SLOWEST_S = 5.0


@probe("INFRA-POD-7", strength="exercised")
def test_no_request_fails_while_an_api_pod_is_deleted(chain, profile, evidence):
    """No client request fails while an API pod is deleted."""
    role = profile.role("api")
    node, _ = chain.with_api(2)
    before, workers = node.pod, [one.name for one in chain.nodes.workers[:CLIENTS]]
    chain.space.slices.now()
    chain.space.events.now()

    what = clients.service_requests(chain, rate=RATE)
    with (
        clients.asking(chain, what, on=workers, name="client") as group,
        ThreadPoolExecutor(1) as pool,
    ):
        grace = before.grace + 30.0
        follow = pool.submit(
            chain.nodes.follow_to_end, before, role.container, within=grace
        )
        group.until(lambda: len(group.answers()) > RATE, within=30, what="requests")
        deleted = node.delete()
        end = follow.result()
        chain.until_settled(role, within=150, replicas=2)
        group.until(lambda: len(group.answers()) >= LEAST, within=30, what="requests")
        answers = group.answers()

    failed = [one for one in answers if not one.ok or one.seconds > SLOWEST_S]
    evidence.attach("failed requests", [str(one) for one in failed[:50]])
    evidence.measure("requests", len(answers))
    evidence.measure("failed_requests", len(failed))
    hooks = chain.space.events.history(since=deleted)
    bad = [c for c in hooks if c.object.reason == "FailedPreStopHook"]
    evidence.measure("failed_hooks", len({c.object.uid for c in bad}))
    assert not failed, (
        f"failed_requests {len(failed)} > 0 of {len(answers)}, the first "
        f"{failed[0].at - deleted:.1f} s after the deletion: {failed[0].error}"
    )
    left = out_of_service(chain, role.service, before.name, deleted)
    reacted = reaction(profile, end, deleted)
    if reacted is None:
        inconclusive("the log does not say when the node began to stop")
    assert left is not None, "the pod never left its service"
    assert reacted > left, (
        f"the node reacted to SIGTERM {left - reacted:.1f} s before its endpoint "
        "was out of the service"
    )


def out_of_service(chain, service, pod, since):
    """Return when no slice of a service had the pod as ready any more."""
    watch, left = chain.space.slices, []
    for piece in watch.now():
        if piece.service == service:
            flips = watch.flips(
                lambda it: pod in it.ready, name=piece.name, since=since
            )
            left += [flip.at for flip in flips if not flip.answer][:1]
    return max(left, default=None)


def reaction(profile, end, since):
    """Return when the log first had one of the node's closing lines."""
    for line in end.log:
        said = any(re.search(one, line.text) for one in profile.closing_log_lines)
        if said and line.at >= since:
            return line.at
    return None
