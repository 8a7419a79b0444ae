"""What the kubelets count of the probes that they make.

kubelet.probes(pod, "node").made("liveness")
kubelet.wait_for_probes(pod, "node", "readiness", 2, within=60)
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_roadmap.target.pulse import pulse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_roadmap.target.api import Api
    from pytest_roadmap.target.pods import Pod

_METRIC = re.compile(
    r"^prober_probe_total\{(?P<labels>[^}]*)\} (?P<value>\S+)", re.MULTILINE
)
_LABEL = re.compile(r'(\w+)="([^"]*)"')
_LOOK = 0.5  # seconds between two readings of a counter that nobody announces
_OK = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeCounts:
    """How often the kubelet has probed a container, by kind and result."""

    counts: Mapping[tuple[str, str], int]

    def made(self, kind: str) -> int:
        """Return how many "readiness", "liveness" or "startup" probes were made."""
        return sum(n for (known, _), n in self.counts.items() if known == kind)

    def failed(self, kind: str) -> int:
        """Return how many of them have failed."""
        return self.made(kind) - self.counts.get((kind, "successful"), 0)

    def __sub__(self, before: ProbeCounts) -> ProbeCounts:
        """Return what was counted between two readings."""
        return ProbeCounts(
            counts={k: n - before.counts.get(k, 0) for k, n in self.counts.items()}
        )


def read(text: str, uid: str, container: str) -> ProbeCounts:
    """Return a container's counts from a kubelet's /metrics/probes."""
    counts: dict[tuple[str, str], int] = {}
    for match in _METRIC.finditer(text):
        labels = dict(_LABEL.findall(match["labels"]))
        if labels["pod_uid"] == uid and labels["container"] == container:
            key = (labels["probe_type"].lower(), labels["result"])
            counts[key] = counts.get(key, 0) + int(float(match["value"]))
    return ProbeCounts(counts=counts)


def probes(api: Api, pod: Pod, container: str) -> ProbeCounts:
    """Return what the pod's kubelet has counted of a container's probes.

    Raises:
        ApiError: The kubelet may not be asked through the API server.
    """
    path = f"/api/v1/nodes/{pod.node}/proxy/metrics/probes"
    answer = api.requests.send("GET", path)
    if answer.status != _OK:
        raise api.requests.refusal("GET", path, answer)
    return read(answer.text, pod.uid, container)


def wait_for_probes(  # noqa: PLR0913 - whose, which and how many
    api: Api, pod: Pod, container: str, kind: str, count: int, *, within: float
) -> ProbeCounts:
    """Wait until the kubelet has made `count` more probes of a kind.

    It announces them to nobody, so its counter is read twice a second.

    Raises:
        NeverHappenedError: It did not make them.
    """
    goal = probes(api, pod, container).made(kind) + count
    latest: list[ProbeCounts] = []

    def reached() -> bool:
        """Whether the counter has got there."""
        latest[:] = [probes(api, pod, container)]
        return latest[0].made(kind) >= goal

    pulse.ask_until(
        reached,
        within=within,
        what=f"{count} more {kind} probes of {pod.name}",
        seen=lambda: f"{latest[0].made(kind)} of {goal}",
        every=_LOOK,
    )
    return latest[0]
