"""Evictions: asked once each, admitted or refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_roadmap.target.requests import ApiError

if TYPE_CHECKING:
    from pytest_roadmap.target.pods import Pod
    from pytest_roadmap.target.requests import Requests

_TOO_MANY = 429


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An eviction that was not admitted: its status, causes and message."""

    status: int
    causes: tuple[str, ...]
    message: str

    @property
    def by_budget(self) -> bool:
        """Whether a PodDisruptionBudget refused it (429, DisruptionBudget)."""
        return self.status == _TOO_MANY and "DisruptionBudget" in self.causes


def ask(requests: Requests, pod: Pod, *, dry_run: bool) -> Refusal | None:
    """Ask once for the eviction of a pod; None when it was admitted.

    Raises:
        ApiError: The pod is not there, or it is not a matter of budgets.
    """
    options = {"dryRun": ["All"]} if dry_run else {}
    document = {
        "apiVersion": "policy/v1",
        "kind": "Eviction",
        "metadata": {"name": pod.name, "namespace": pod.namespace},
        "deleteOptions": options,
    }
    path = pod.resource.path(pod.namespace, pod.name, "eviction")
    try:
        requests.call("POST", path, body=document)
    except ApiError as error:
        if error.status != _TOO_MANY:
            raise
        return Refusal(status=error.status, causes=error.causes, message=error.what)
    return None
