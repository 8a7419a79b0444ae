from __future__ import annotations

from pytest_roadmap.probes import probe, unavailable
from pytest_roadmap.target import clock, disks, listening, twins

LONGEST_S = 150  # no limit is on it: a kubelet that is busy takes its time
REASONS = {"FailedScheduling", "FailedAttachVolume", "FailedMount"}


@probe("INFRA-PV-2", strength="exercised")
def test_no_pod_elsewhere_gets_a_running_validators_volume(chain, evidence):
    """No pod on another worker gets a validator's volume while it runs."""
    validator = chain.validators[0]
    others = [w for w in chain.nodes.workers if w.name != validator.worker]
    if not others:
        unavailable("there is no other worker")
    guests = {
        f"guest-{way}": disks.pod(
            f"guest-{way}",
            validator.claim.name,
            worker=others[0].name,
            past_scheduler=way == "past-the-scheduler",
        )
        for way in ("by-the-scheduler", "past-the-scheduler")
    }
    _ = chain.space.events

    asked = clock.now()
    chain.space.apply(*guests.values())
    try:
        chain.until_true(
            lambda: all(_reason(chain, n) or _started(chain, n) for n in guests),
            within=LONGEST_S,
            what="a reason on record, or a start, of both pods",
        )
        chain.blocks.wait_for_blocks(5, within=30)
    finally:
        reasons = {name: _reason(chain, name) for name in guests}
        mounts = [name for name in guests if _started(chain, name)]
        for name in guests:
            chain.space.delete("Pod", name, grace=0)

    evidence.attach("why they wait", reasons)
    evidence.measure("second_mounts", len(mounts))
    assert not mounts, (
        f"second_mounts {len(mounts)} > 0: {', '.join(mounts)} on {others[0].name} "
        f"has claim {validator.claim.name}, which {validator} uses on "
        f"{validator.worker}"
    )
    evidence.measure("reasons_on_record", sum(map(bool, reasons.values())))
    missed = chain.blocks.missed_in_a_row(validator.address, since=asked)
    evidence.measure("missed_blocks_in_a_row", missed)


@probe("INFRA-PV-3", strength="exercised")
def test_a_second_process_cannot_open_a_running_validators_data(chain, evidence):
    """A second node process cannot open a running validator's data."""
    validator = chain.validators[0]
    before, height = validator.pod, chain.height
    container, port = validator.role.container, chain.profile.ports.p2p

    asked = clock.now()
    twin = chain.space.create(twins.of(before, "twin"))
    with listening.watched(
        chain.nodes, before.node, twin.uid, port, within=LONGEST_S + 10
    ) as opening:
        try:
            chain.until_true(
                lambda: opening.answered or _over(chain, chain.pods.get("twin")),
                within=LONGEST_S,
                what="the second process to end, to serve or to be refused",
            )
            pod = chain.pods["twin"]
            evidence.attach("the second pod", str(pod))
            if pod.container(container).ever_started:
                log = chain.api.logs(chain.name, "twin", container, tail=20)
                evidence.attach("its log", log, kind="log")
        finally:
            chain.space.delete("Pod", "twin", grace=0)
    ready = [c for c in chain.pods.history(uid=twin.uid) if c.object.holds("Ready")]
    evidence.measure("second_processes_serving", int(bool(ready) or opening.opened()))
    chain.blocks.wait_for_height(height + 10, within=60)

    restarts = validator.pod.restarts - before.restarts
    evidence.measure("validator_restarts", restarts)
    evidence.measure("evidence", chain.blocks.evidence(above=height))
    missed = chain.blocks.missed_in_a_row(validator.address, since=asked)
    evidence.measure("missed_blocks_in_a_row", missed)
    assert validator.pod.uid == before.uid, f"{validator} was replaced"
    validator.until_signing(after=clock.now(), within=30)


def _over(chain, pod):
    """Whether it is decided what becomes of a pod."""
    return pod is not None and (pod.ended or pod.ready or _refused(chain, pod))


def _reason(chain, name):
    """Return why a pod waits, as an event, a condition or its status has it."""
    pod = chain.pods.get(name)
    if pod is None:
        return ""
    if pod.phase == "Failed":
        return f"{pod.at('status', 'reason')}: {pod.at('status', 'message')}"
    events = (e for e in chain.space.events.now() if e.about_uid == pod.uid)
    return next((str(event) for event in events if event.reason in REASONS), "")


def _started(chain, name):
    """Whether any container of a pod has ever started."""
    pod = chain.pods.get(name)
    return pod is not None and any(c.ever_started for c in pod.all_containers)


def _refused(chain, pod):
    """Whether the scheduler or the kubelet keeps a pod from its volume."""
    return bool(_reason(chain, pod.name)) and not _started(chain, pod.name)
