from __future__ import annotations

from pytest_roadmap.probes import probe
from pytest_roadmap.target import clock, disks


@probe("INFRA-PV-1", strength="exercised")
def test_a_claim_is_bound_on_whichever_worker_its_pod_is(
    cluster, data_claim, namespace, evidence
):
    """A new claim of the data class is bound on whichever worker its pod is placed."""
    workers = {f"disk-{n}": w.name for n, w in enumerate(cluster.nodes.workers)}

    made = clock.now()
    for name, worker in workers.items():
        namespace.apply(
            disks.claim(name, data_claim), disks.pod(name, name, worker=worker)
        )
    namespace.pods.until(
        lambda pods: sum(pod.ready for pod in pods) == len(workers),
        within=90,
        what="a Ready pod with its claim on every worker",
    )
    ready = [
        namespace.pods.flips(lambda pod: pod.ready, name=name)[-1].at
        for name in workers
    ]

    claims = namespace.claims.now()
    as_asked = [
        claim
        for claim in claims
        if claim.bound
        and claim.storage_class == data_claim.storage_class
        and claim.at("status", "accessModes") == list(data_claim.access_modes)
        and claim.capacity >= data_claim.request
    ]
    volumes = {claim.volume for claim in claims}
    evidence.attach("claims", [str(claim) for claim in claims])
    evidence.measure("claims_bound_percent", 100 * len(as_asked) / len(workers))
    evidence.measure("volumes_shared", len(claims) - len(volumes))
    evidence.measure("seconds_to_ready", max(ready) - made)
    placed = {pod.name: pod.node for pod in namespace.pods.now()}
    assert placed == workers, f"pods are on {placed}"
