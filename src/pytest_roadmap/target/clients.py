"""Clients that run inside the cluster while something happens to a chain.

what = clients.service_requests(chain, rate=20)
with clients.asking(chain, what, on=workers, name="client") as group:
    …                                   # what they should not notice
    group.until(lambda: len(group.answers()) >= 200, within=60, what="…")
failed = [answer for answer in group.answers() if not answer.ok]

Each client is a pod in the chain's namespace, one per worker; what it writes
is read from its log.
"""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pytest_roadmap.target import clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from pytest_roadmap.target.chain import ChainInstance

IMAGE: Final = "roadmap.local/client:1"
_USER = 65532


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One request of a client, and what came of it."""

    client: str
    at: float
    seconds: float
    protocol: str
    status: str
    ok: bool
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """One question about a name, and who was behind the answers.

    `nodes` are pairs of an address and the node id that was met there (empty
    where no handshake came about).
    """

    client: str
    at: float
    seconds: float
    name: str
    addresses: tuple[str, ...]
    nodes: tuple[tuple[str, str], ...]
    error: str


class Clients:
    """The clients of one purpose."""

    def __init__(self, chain: ChainInstance, pods: tuple[str, ...]) -> None:
        self._chain = chain
        self.pods = pods

    def answers(self) -> tuple[Answer, ...]:
        """Return the requests so far, oldest first."""
        found = [
            Answer(
                client=pod,
                at=clock.seconds(line["t"]),
                seconds=line["ms"] / 1000,
                protocol=line["protocol"],
                status=line["status"],
                ok=line["ok"],
                error=line.get("error", ""),
            )
            for pod, line in self.lines()
            if "protocol" in line
        ]
        return tuple(sorted(found, key=lambda answer: answer.at))

    def resolutions(self) -> tuple[Resolution, ...]:
        """Return the questions about names so far, oldest first."""
        found = [
            Resolution(
                client=pod,
                at=clock.seconds(line["t"]),
                seconds=line["ms"] / 1000,
                name=line["name"],
                addresses=tuple(line["addresses"]),
                nodes=tuple(
                    (met["address"], met.get("node_id", ""))
                    for met in line.get("handshakes") or ()
                ),
                error=line.get("error", ""),
            )
            for pod, line in self.lines()
            if "addresses" in line
        ]
        return tuple(sorted(found, key=lambda question: question.at))

    def until(self, claim: Callable[[], object], *, within: float, what: str) -> None:
        """Wait until a claim about what they have written is true.

        Raises:
            NeverHappenedError: It did not come true.
        """
        self._chain.until_true(claim, within=within, what=what)

    def lines(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield what the clients have written, with their names."""
        for pod in self.pods:
            text = self._chain.api.logs(self._chain.name, pod, "client")
            for line in text.splitlines():
                with contextlib.suppress(
                    json.JSONDecodeError
                ):  # the last, half written
                    yield pod, json.loads(line)


@contextlib.contextmanager
def asking(
    chain: ChainInstance, arguments: Sequence[str], *, on: Iterable[str], name: str
) -> Iterator[Clients]:
    """Run one client on each worker until the block ends.

    Args:
        chain: In whose namespace they run.
        arguments: A subcommand of the client, and its flags.
        on: The workers.
        name: What the pods' names begin with.

    Raises:
        NeverHappenedError: They do not start, or write nothing.
    """
    workers = {f"{name}-{number}": worker for number, worker in enumerate(on)}
    group = Clients(chain, tuple(workers))
    try:
        chain.space.apply(*(pod(n, w, arguments) for n, w in workers.items()))
        for client in workers:
            chain.pods.until_one(
                client, lambda it: it.ready, within=60, what=f"client {client} to run"
            )
        group.until(
            lambda: {client for client, _ in group.lines()} == set(workers),
            within=30,
            what="a first line of each client",
        )
        yield group
    finally:
        for client in workers:
            chain.space.delete("Pod", client, grace=1)


def pod(name: str, worker: str, arguments: Sequence[str]) -> dict[str, Any]:
    """Return the manifest of a client on a worker."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {
            "nodeName": worker,
            "restartPolicy": "Never",
            "terminationGracePeriodSeconds": 1,
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "securityContext": {"runAsNonRoot": True, "runAsUser": _USER},
            "containers": [
                {
                    "name": "client",
                    "image": IMAGE,
                    "imagePullPolicy": "IfNotPresent",
                    "args": list(arguments),
                    "resources": {
                        "requests": {"cpu": "10m", "memory": "32Mi"},
                        "limits": {"cpu": "300m", "memory": "64Mi"},
                    },
                }
            ],
        },
    }


def service_requests(chain: ChainInstance, rate: float) -> list[str]:
    """Return the arguments for requests to the API service, over all its protocols."""
    host = f"{chain.profile.role('api').service}.{chain.name}"
    ports = chain.profile.ports
    rest = f"http://{host}:{ports.rest}/cosmos/base/tendermint/v1beta1/syncing"
    return [
        "mixed",
        f"--rpc=http://{host}:{ports.rpc}/status",
        f"--rest={rest}",
        f"--grpc={host}:{ports.grpc}",
        f"--rate={rate:g}",
        "--duration=10m",
        "--timeout=5s",
    ]


def name_questions(chain: ChainInstance, names: Iterable[str]) -> list[str]:
    """Return the arguments for asking names, with a P2P handshake, once a second."""
    asked = [f"--name={name}" for name in names]
    return ["dns", *asked, f"--p2p-port={chain.profile.ports.p2p}", "--duration=10m"]
