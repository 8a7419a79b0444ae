"""A scripted peer: a node without an application that breaks the protocol when told.

works = ScriptedPeer(validator=chain.validators[-1])
with experiment.inject(faults.scripted_peer(validator)):
    told = works.act("forge", heights="10", within=60)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pytest_roadmap.errors import TargetError, UnavailableError
from pytest_roadmap.target import validator_keys
from pytest_roadmap.target.journal import Undo

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_roadmap.target.chain import ChainInstance
    from pytest_roadmap.target.chain_node import ChainNode
    from pytest_roadmap.target.pods import Pod

NAME: Final = "byzantine"
IMAGE: Final = "roadmap.local/byzantine-peer:1"
_PORT: Final = 8080
_USER: Final = 10001
_OK: Final = 200
_NO_IMAGE: Final = frozenset({"ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptedPeer:
    """A peer of every node but the one whose key it has.

    Its node key is its own; it stands in for `validator` where an act signs.
    """

    validator: ChainNode

    @property
    def chain(self) -> ChainInstance:
        """The instance whose peer it is."""
        return self.validator.instance

    @property
    def honest(self) -> tuple[ChainNode, ...]:
        """The nodes that it connects to."""
        chain = self.chain
        nodes = (*chain.validators, *chain.full)
        return tuple(node for node in nodes if node.name != self.validator.name)

    # ------------------------------------------------------------- as a fault

    def what(self) -> str:
        """Return the fault in words."""
        return f"a scripted peer has the key of {self.validator.name}"

    def undo(self) -> tuple[Undo, ...]:
        """Delete the pod and its key."""
        return tuple(
            Undo(way="delete", object=name, namespace=self.chain.name)
            for name in (f"Pod/{NAME}", f"Secret/{NAME}")
        )

    def inject(self) -> None:
        """Start it, and wait until it runs."""
        key = validator_keys.consensus_file(self.chain, self.validator)
        secret = {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": NAME},
            "stringData": {"key.json": key},
        }
        self.chain.space.apply(secret, self._pod())
        self.chain.pods.until_one(NAME, self._runs, within=60, what="the scripted peer")

    def is_on(self) -> str:
        """Ask every honest node whether it is its peer."""
        try:
            own = str(self._ask("/status", within=5)["node_id"])
            without = [n.name for n in self.honest if own not in n.rpc.peers().ids]
        except (TargetError, ValueError) as error:
            return str(error)
        return f"it is no peer of {', '.join(without)}" if without else ""

    def is_off(self) -> str:
        """Look for its pod."""
        there = self.chain.pods.get(NAME) is not None
        return "its pod is still there" if there else ""

    # --------------------------------------------------------------- commands

    def act(self, kind: str, *, within: float, **arguments: str) -> Mapping[str, Any]:
        """Have an act done, and return what it says that it has done.

        Raises:
            TargetError: It could not do it.
        """
        return self._ask(f"/act/{kind}", within=within, **arguments)

    def told(self) -> list[str]:
        """Return the lines that it has written so far."""
        return self.chain.api.logs(self.chain.name, NAME, "peer").splitlines()

    def _ask(self, path: str, *, within: float, **arguments: str) -> Mapping[str, Any]:
        """Return its answer."""
        chain = self.chain
        answer = chain.api.proxy(
            chain.name, NAME, _PORT, path, query=arguments or None, within=within
        )
        if answer.status != _OK:
            what = f"HTTP {answer.status}: {answer.text[:300]}"
            raise TargetError(what, where=f"{path} of the scripted peer")
        found: Mapping[str, Any] = answer.json()
        return found

    def _runs(self, pod: Pod) -> bool:
        """Whether it runs.

        Raises:
            UnavailableError: Its image is not on its machine.
        """
        container = pod.container("peer")
        if container.now.reason in _NO_IMAGE:
            raise UnavailableError(f"{IMAGE} is not on {pod.node}")
        return bool(container.running)

    def _pod(self) -> dict[str, Any]:
        """Return its manifest."""
        ports = self.chain.profile.ports
        nodes = ",".join(
            f"{n.rpc.status().node_id}@{n.name}.{n.role.service}:{ports.p2p}"
            for n in self.honest
        )
        return {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": NAME},
            "spec": {
                "restartPolicy": "Never",
                "terminationGracePeriodSeconds": 1,
                "automountServiceAccountToken": False,
                "enableServiceLinks": False,
                "securityContext": {"runAsNonRoot": True, "runAsUser": _USER},
                "tolerations": [{"operator": "Exists", "effect": "NoSchedule"}],
                "containers": [
                    {
                        "name": "peer",
                        "image": IMAGE,
                        "imagePullPolicy": "IfNotPresent",
                        "args": [
                            f"--nodes={nodes}",
                            "--key=/key/key.json",
                            f"--rpc-port={ports.rpc}",
                            f"--listen=:{_PORT}",
                        ],
                        "resources": {
                            "requests": {"cpu": "10m", "memory": "32Mi"},
                            "limits": {"cpu": "500m", "memory": "128Mi"},
                        },
                        "volumeMounts": [{"name": "key", "mountPath": "/key"}],
                    }
                ],
                "volumes": [{"name": "key", "secret": {"secretName": NAME}}],
            },
        }
