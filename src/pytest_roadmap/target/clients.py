"""Clients that run inside the cluster while something happens to a chain.

what = clients.service_requests(chain, rate=20)
with clients.asking(chain, what, on=workers, name="client") as group:
    …                                   # what they should not notice
    group.until(lambda: len(group.answers()) >= 200, within=60, what="…")
failed = [answer for answer in group.answers() if not answer.ok]

Each client is a pod in the chain's namespace, one per worker; what it writes
is followed in its log, so that waiting for answers asks nothing.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pytest_roadmap.errors import UnavailableError
from pytest_roadmap.target import clock
from pytest_roadmap.target.log_following import FollowedLog
from pytest_roadmap.target.pulse import pulse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from pytest_roadmap.target.chain import ChainInstance
    from pytest_roadmap.target.pods import Pod

RECIPE: Final = "client"
IMAGE: Final = "roadmap.local/client:3"
_NO_IMAGE = frozenset({"ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull"})
_USER = 65532


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One request of a client, and what came of it.

    `captured` is the part of the answer that the client was told to keep.
    """

    client: str
    at: float
    seconds: float
    protocol: str
    status: str
    ok: bool
    error: str
    captured: str = ""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class FloodSecond:
    """One second of one client's flood: requests that ended in it."""

    client: str
    at: float
    requests: int
    failed: int


class Clients:
    """The clients of one purpose."""

    def __init__(self, logs: Mapping[str, FollowedLog]) -> None:
        self._logs = logs

    @property
    def pods(self) -> tuple[str, ...]:
        """The names of their pods."""
        return tuple(self._logs)

    def answers(self) -> tuple[Answer, ...]:
        """Return the requests so far, oldest first."""
        found = [_answer(p, line) for p, line in self.lines() if "protocol" in line]
        return tuple(sorted(found, key=lambda answer: answer.at))

    def resolutions(self) -> tuple[Resolution, ...]:
        """Return the questions about names so far, oldest first."""
        found = [
            _resolution(p, line) for p, line in self.lines() if "addresses" in line
        ]
        return tuple(sorted(found, key=lambda question: question.at))

    def flood(self) -> tuple[FloodSecond, ...]:
        """Return the seconds of a flood so far, oldest first."""
        found = [
            FloodSecond(
                client=client,
                at=clock.seconds(line["t"]),
                requests=int(line["requests"]),
                failed=int(line["failed"]),
            )
            for client, line in self.lines()
            if "requests" in line and "summary" not in line
        ]
        return tuple(sorted(found, key=lambda second: second.at))

    def until(self, claim: Callable[[], object], *, within: float, what: str) -> None:
        """Wait until a claim about what they have written is true.

        Raises:
            NeverHappenedError: It did not come true.
        """
        pulse.until(claim, within=within, what=what, seen=self.brief)

    def until_answers(self, count: int, *, since: float = 0.0, within: float) -> None:
        """Wait until so many requests that were made since a moment have ended.

        Raises:
            NeverHappenedError: They have not.
        """
        self.until(
            lambda: sum(answer.at >= since for answer in self.answers()) >= count,
            within=within,
            what=f"{count} answers",
        )

    def lines(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield what the clients have written, with their names."""
        for client, log in self._logs.items():
            yield from ((client, line) for line in tuple(log.lines))

    def brief(self) -> str:
        """Return in a few words how they stand."""
        return "; ".join(
            f"{client}: {len(log.lines)} lines"
            + (f", last {log.lines[-1]}" if log.lines else f" ({log.problem})")
            for client, log in self._logs.items()
        )


def _answer(client: str, line: Mapping[str, Any]) -> Answer:
    """Return the request in a line."""
    return Answer(
        client=client,
        at=clock.seconds(line["t"]),
        seconds=line["ms"] / 1000,
        protocol=line["protocol"],
        status=line["status"],
        ok=line["ok"],
        error=line.get("error", ""),
        captured=str(line.get("captured", "")),
    )


def _resolution(client: str, line: Mapping[str, Any]) -> Resolution:
    """Return the question about a name in a line."""
    return Resolution(
        client=client,
        at=clock.seconds(line["t"]),
        seconds=line["ms"] / 1000,
        name=line["name"],
        addresses=tuple(line["addresses"] or ()),
        nodes=tuple(
            (met["address"], met.get("node_id", ""))
            for met in line.get("handshakes") or ()
        ),
        error=line.get("error", ""),
    )


@contextlib.contextmanager
def asking(
    chain: ChainInstance,
    arguments: Sequence[str],
    *,
    on: Iterable[str],
    name: str,
    env: Sequence[Mapping[str, Any]] = (),
) -> Iterator[Clients]:
    """Run one client on each worker until the block ends.

    Args:
        chain: In whose namespace they run.
        arguments: A subcommand of the client, and its flags.
        on: The workers.
        name: What the pods' names begin with.
        env: Their environment, as a pod declares it.

    Raises:
        UnavailableError: Their image is not on the nodes.
        NeverHappenedError: They do not start, or write nothing.
    """
    workers = {f"{name}-{number}": worker for number, worker in enumerate(on)}
    logs: dict[str, FollowedLog] = {}
    try:
        chain.space.apply(*(pod(n, w, arguments, env) for n, w in workers.items()))
        for client in workers:
            _until_running(chain, client)
            logs[client] = FollowedLog(chain.api.requests, chain.name, client, "client")
        group = Clients(logs)
        group.until(
            lambda: all(log.lines for log in logs.values()),
            within=30,
            what="a first line of each client",
        )
        yield group
    finally:
        for client in workers:
            chain.space.delete("Pod", client, grace=1)
        for log in logs.values():
            log.stop()


def _until_running(chain: ChainInstance, client: str) -> Pod:
    """Return a client that runs, or has run: one with little to do is soon done.

    Raises:
        UnavailableError: Its image is not on its worker.
    """

    def runs(pod: Pod) -> bool:
        """Whether the client runs, or has ended."""
        container = pod.container("client")
        if container.now.reason in _NO_IMAGE:
            raise UnavailableError(
                f"{IMAGE} is not on {pod.node} ({container.now.reason})"
            )
        return pod.ready or container.now.state == "terminated"

    what = f"client {client} to run"
    return chain.pods.until_one(client, runs, within=60, what=what)


def pod(
    name: str,
    worker: str,
    arguments: Sequence[str],
    env: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
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
                    "env": list(env),
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
