from __future__ import annotations

from collections import Counter, defaultdict

from pytest_roadmap.probes import probe
from pytest_roadmap.target import disks, file_systems

SHARE = 95  # percent of the request that is allocated


@probe("INFRA-PV-4", strength="exercised")
def test_a_volume_holds_what_its_claim_asked_for(
    cluster, undisturbed, data_claim, namespace, evidence
):
    """A data volume really holds what its claim asked for."""
    worker, _ = Counter(n.worker for n in undisturbed.validators).most_common(1)[0]
    wanted = -(-data_claim.request * SHARE // 100)
    namespace.apply(
        disks.claim("disk", data_claim), disks.pod("disk", "disk", worker=worker)
    )
    pod = namespace.pods.until_one(
        "disk", lambda pod: pod.ready, within=90, what="a pod with a fresh volume"
    )

    held = disks.available(cluster.api, pod)
    if held >= wanted:  # else the disk of the whole machine would be filled
        allocation = disks.allocate(cluster.api, pod, wanted)
        evidence.attach("allocation", str(allocation))
        assert not allocation.problem, allocation.problem
        assert allocation.pieces == 3, f"{allocation.pieces} of 3 MiB came back"
        held = allocation.on_disk
    evidence.measure("requested_bytes_held_percent", 100 * held / data_claim.request)

    overfull = _overfull(undisturbed, evidence)
    claims = [claim for claim in undisturbed.space.claims.now() if claim.bound]
    below = [str(claim) for claim in claims if claim.capacity < claim.request]
    evidence.attach("claims", [str(claim) for claim in claims])
    evidence.measure("claims_below_request", len(below))
    evidence.measure("overcommitted_file_systems", len(overfull))


def _overfull(chain, evidence):
    """Return the file systems that are smaller than the requests of their claims."""
    asked, sizes = defaultdict(int), {}
    for node in chain.validators + chain.full:
        found = file_systems.behind(
            chain.nodes, node.pod, node.role.container, node.role.home
        )
        asked[found.key] += node.claim.request
        sizes[found.key] = found.size
    told = [f"{key}: {sizes[key]} bytes, {asked[key]} asked for" for key in asked]
    evidence.attach("file systems", told)
    return [key for key in asked if sizes[key] < asked[key]]
