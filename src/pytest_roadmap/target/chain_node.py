"""One node of a chain, in the words of a probe.

validator.ready, validator.worker, validator.address
validator.rpc.status().height
validator.delete()                                  # returns when it was asked
validator.until_replaced(uid, within=60).until_ready(within=60)
validator.until_signing(after=moment, within=90).at
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from pytest_roadmap.errors import TargetError, UnavailableError
from pytest_roadmap.target import clock, kubelet
from pytest_roadmap.target.comet import Comet

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_roadmap.target.blocks import Signature
    from pytest_roadmap.target.chain import ChainInstance
    from pytest_roadmap.target.machines import ControlGroup, Process
    from pytest_roadmap.target.objects import Claim
    from pytest_roadmap.target.pods import Container, Pod
    from pytest_roadmap.target.profile import Role

SIGNING_STATE: Final = "data/priv_validator_state.json"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class SigningState:
    """How far a validator has signed; it must never go back."""

    height: int
    round: int
    step: int


@dataclass(frozen=True, slots=True)
class ChainNode:
    """A node by its pod's name; the pod behind it may change."""

    instance: ChainInstance
    role: Role
    name: str

    # --------------------------------------------------------------- how it is

    @property
    def pod(self) -> Pod:
        """Its present pod.

        Raises:
            TargetError: It has none now.
        """
        return self.instance.pods[self.name]

    @property
    def exists(self) -> bool:
        """Whether it has a pod now."""
        return self.instance.pods.get(self.name) is not None

    @property
    def container(self) -> Container:
        """The container of the node process."""
        return self.pod.container(self.role.container)

    @property
    def ready(self) -> bool:
        """Whether its pod is Ready now."""
        pod = self.instance.pods.get(self.name)
        return pod is not None and pod.ready

    @property
    def ordinal(self) -> int:
        """Its number in its StatefulSet."""
        return int(self.name.rpartition("-")[2])

    @property
    def worker(self) -> str:
        """The machine that it is on."""
        return self.pod.node

    @property
    def claim(self) -> Claim:
        """The claim of its data."""
        return self.instance.space.claims[f"{self.role.claim}-{self.name}"]

    @property
    def rpc(self) -> Comet:
        """Its RPC, through the API server."""
        instance = self.instance
        port = instance.profile.ports.rpc
        return Comet(
            api=instance.api, namespace=instance.name, pod=self.name, port=port
        )

    @property
    def address(self) -> str:
        """The address of its consensus key, as first seen on this instance."""
        return self.instance.address_of(self)

    @property
    def power(self) -> int:
        """Its voting power now, as its own RPC says."""
        return self.rpc.status().power

    def metric(self, meaning: str, absent: float | None = None, **labels: str) -> float:
        """Return one of its metrics, by the profile's word for it.

        Args:
            meaning: The profile's word.
            absent: What it is while the node does not show it (a histogram before
                its first observation); None where it must be.
            labels: What its labels must be, where there are several of that name.

        Raises:
            UnavailableError: The profile has no name for it.
            TargetError: The node has none of that name, or does not answer.
        """
        instance, profile = self.instance, self.instance.profile
        name = profile.metrics.get(meaning)
        if name is None:
            what = f"the profile {profile.name} names no metric {meaning!r}"
            raise UnavailableError(what)
        where = (instance.name, self.name, profile.ports.metrics, "/metrics")
        begins = (f"{name}{{", f"{name} ")
        wanted = [f'{label}="{value}"' for label, value in labels.items()]
        for line in instance.api.proxy(*where).text.splitlines():
            if line.startswith(begins) and all(label in line for label in wanted):
                return float(line.rpartition(" ")[2])
        if absent is not None:
            return absent
        raise TargetError(f"no metric {name}", where=self.name)

    # --------------------------------------------------- seen from its machine

    def process(self) -> Process:
        """Return its node process."""
        return self.instance.nodes.process_of(self.pod, self.role.container)

    def control_group(self) -> ControlGroup:
        """Return the limits and the usage that the kernel keeps for it."""
        return self.instance.nodes.control_group(self.pod, self.role.container)

    def signing_state(self) -> SigningState:
        """Return its priv_validator_state.json, as it stands on its volume."""
        document = json.loads(self.read_file(SIGNING_STATE))
        return SigningState(
            height=int(document["height"]),
            round=int(document["round"]),
            step=int(document["step"]),
        )

    def read_file(self, path: str) -> bytes:
        """Return a file below its home folder."""
        where = f"{self.role.home}/{path}"
        return self.instance.nodes.read_file(self.pod, self.role.container, where)

    def file_sha(self, path: str) -> str:
        """Return the SHA-256 of a file below its home folder."""
        where = f"{self.role.home}/{path}"
        return self.instance.nodes.sha256(self.pod, self.role.container, where)

    def probes(self) -> kubelet.ProbeCounts:
        """Return what the kubelet has counted of its probes."""
        return kubelet.probes(self.instance.api, self.pod, self.role.container)

    def wait_for_probes(
        self, kind: str, count: int, *, within: float
    ) -> kubelet.ProbeCounts:
        """Wait until the kubelet has made `count` more probes of a kind.

        Raises:
            NeverHappenedError: It has not.
        """
        return kubelet.wait_for_probes(
            self.instance.api,
            self.pod,
            self.role.container,
            kind,
            count,
            within=within,
        )

    def log(self, *, previous: bool = False, tail: int | None = None) -> str:
        """Return the node's log; of its previous run, if asked for."""
        return self.instance.api.logs(
            self.instance.name,
            self.name,
            self.role.container,
            previous=previous,
            tail=tail,
        )

    # ---------------------------------------------------------------- changing

    def delete(self, *, grace: int | None = None) -> float:
        """Delete its pod (with the declared grace); return when it was asked."""
        at = clock.now()
        self.instance.space.delete("Pod", self.name, grace=grace)
        return at

    # ----------------------------------------------------------------- waiting

    def until(self, claim: Callable[[Pod], object], *, within: float, what: str) -> Pod:
        """Wait until its pod is as `claim` says; return the pod.

        Raises:
            NeverHappenedError: It was not.
        """
        return self.instance.pods.until_one(
            self.name, claim, within=within, what=f"{self.name} {what}"
        )

    def until_ready(self, *, within: float) -> Pod:
        """Wait until its pod is Ready."""
        return self.until(lambda pod: pod.ready, within=within, what="to be Ready")

    def until_unready(self, *, within: float) -> Pod:
        """Wait until its pod has lost its Ready condition."""
        return self.until(
            lambda pod: not pod.holds("Ready"), within=within, what="to be not Ready"
        )

    def until_running(self, *, within: float) -> Pod:
        """Wait until its node container runs (Ready or not)."""
        name = self.role.container
        return self.until(
            lambda pod: pod.container(name).running, within=within, what="to run"
        )

    def until_replaced(self, uid: str, *, within: float) -> Self:
        """Wait until its pod is another one than that of `uid`."""
        self.until(lambda pod: pod.uid != uid, within=within, what="to be replaced")
        return self

    def until_restarted(self, restarts: int, *, within: float) -> Pod:
        """Wait until its container runs and was restarted more often than that."""
        name = self.role.container
        return self.until(
            lambda pod: (
                pod.container(name).restarts > restarts and pod.container(name).running
            ),
            within=within,
            what=f"to be restarted more than {restarts} times",
        )

    def exit_code_since(self, moment: float) -> int | None:
        """Return how its first run that ended since then ended; None for unknown.

        Any state of its pod may tell it: the kubelet's first word of a new run
        does not always have the old one.
        """
        name, second = self.role.container, math.floor(moment)  # the kubelet's clock
        runs = [
            run
            for change in self.instance.pods.history(uid=self.pod.uid)
            for run in (
                change.object.container(name).now,
                change.object.container(name).last,
            )
            if run is not None and run.finished is not None and run.finished >= second
        ]
        return runs[0].exit_code if runs else None

    def until_signing(self, *, after: float, within: float) -> Signature:
        """Wait for a vote of it, made after a moment, in a commit."""
        return self.instance.blocks.wait_for_signature(
            self.address, after=after, within=within
        )

    def until_answering(self, *, within: float) -> None:
        """Wait until its RPC answers.

        Raises:
            NeverHappenedError: It does not.
        """
        self.instance.until_true(
            self.rpc.answers, within=within, what=f"an answer of {self.name}'s RPC"
        )

    def __str__(self) -> str:
        """Return its name."""
        return self.name


def ordered(nodes: tuple[ChainNode, ...]) -> tuple[ChainNode, ...]:
    """Return nodes by ordinal, or by name where they have none."""

    def place(node: ChainNode) -> tuple[int, str]:
        """Return the sort key."""
        number = node.name.rpartition("-")[2]
        return (int(number) if number.isdigit() else 0, node.name)

    return tuple(sorted(nodes, key=place))
