from __future__ import annotations

from pytest_roadmap.errors import NeverHappenedError
from pytest_roadmap.probes import probe, unavailable
from pytest_roadmap.target import clock, disks
from pytest_roadmap.target.objects import Volume

SIZE = 16 * 1024 * 1024


@probe("INFRA-PV-5", strength="exercised")
def test_claims_outlive_their_statefulset(cold_start, evidence):
    """Neither scaling nor deleting a set takes claims; made again it goes on."""
    again = cold_start.again

    evidence.attach("claims that were away", cold_start.lost)
    evidence.measure("claims_lost", len(cold_start.lost))
    assert not cold_start.lost, (
        f"claims_lost {len(cold_start.lost)} > 0: {', '.join(cold_start.lost)}"
    )
    if again is None:
        unavailable(f"no first start: {'; '.join(cold_start.restart.problems)}")
    heights = again.first_heights
    evidence.attach("first heights", heights)
    evidence.measure("heights_lost", max(again.height - max(heights.values()), 0))
    low = [name for name in heights if heights[name] < again.height - 2]
    assert not low, f"these began far below height {again.height}: {heights}"
    assert again.next_block_after is not None, (
        f"no block above height {again.height}: {'; '.join(again.problems)}"
    )
    evidence.measure("seconds_to_next_block", again.next_block_after)
    assert cold_start.same_block, f"block {again.height} is another one now"


@probe("INFRA-PV-6", strength="exercised")
def test_a_deleted_claim_leaves_its_volume(cluster, data_claim, namespace, evidence):
    """A deleted claim leaves its volume with all bytes; a new claim can have it."""
    first = _mounted(namespace, "first", disks.claim("first", data_claim))
    name = namespace.claims["first"].volume
    digest = disks.write(cluster.api, first, "file", SIZE)
    volumes = cluster.watches.of(Volume)
    uid = volumes[name].uid

    deleted = clock.now()
    namespace.delete("Pod", "first")
    namespace.delete("PersistentVolumeClaim", "first")
    volumes.until(
        lambda known: all(v.phase == "Released" for v in known if v.name == name),
        within=120,
        what=f"volume {name} to be released",
    )
    lost = _is_deleted(volumes, uid, deleted)
    evidence.measure("volumes_lost", int(lost))
    assert not lost, f"volumes_lost 1 > 0: {name} was deleted with its claim"

    released = clock.now()
    cluster.api.patch(Volume, name, {"spec": {"claimRef": None}})
    second = disks.claim("second", data_claim, volume=name)
    pod = _mounted(namespace, "second", second)
    evidence.measure("seconds_from_release_to_ready", clock.now() - released)
    assert namespace.claims["second"].volume == name, "it got another volume"
    assert volumes[name].uid == uid, "the volume was made anew"
    same = disks.digest(cluster.api, pod, "file") == digest
    evidence.measure("files_changed", int(not same))


def _mounted(space, name, claim):
    """Return the Ready pod that mounts a new claim."""
    space.apply(claim, disks.pod(name, name))
    return space.pods.until_one(
        name, lambda pod: pod.ready, within=90, what=f"a pod with claim {name}"
    )


def _is_deleted(volumes, uid, since):
    """Whether a volume was deleted, or is soon after its release."""
    volumes_end = "the deletion of the volume"
    try:
        volumes.until_seen(
            lambda v: v.uid == uid and v.deleting,
            since=since,
            within=5,
            what=volumes_end,
        )
    except NeverHappenedError:
        return any(c.what == "deleted" for c in volumes.history(uid=uid, since=since))
    return True
