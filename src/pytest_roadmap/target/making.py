"""How our cluster is made, waited for and removed."""

from __future__ import annotations

import contextlib
import functools
import json
import uuid
from typing import TYPE_CHECKING

import yaml

from pytest_roadmap.errors import ProvisionError
from pytest_roadmap.target import dockerd, loading, marking
from pytest_roadmap.target.commands import must
from pytest_roadmap.target.nodes import NETWORK

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytest_roadmap.target.commands import CommandResult
    from pytest_roadmap.target.engine import Engine
    from pytest_roadmap.target.images.archive import Image
    from pytest_roadmap.target.nodes import EngineNodes
    from pytest_roadmap.target.places import Places

NAME = "roadmap"
_ADDONS = ("cni.yaml", "coredns.yaml", "metrics-server.yaml")
_STORAGE = "storage/*.yaml"  # needs its own kinds first
_OURS = ("kube-system", "local-path-storage", "roadmap-storage")
_READY_S = 180
_CREATE_S = 600
_DOCTOR = "`pytest-roadmap doctor` says what this machine lacks"


class Making:
    """Makes the cluster `roadmap` in one engine.

    Args:
        places: Our folders.
        engine: Where its nodes are.
        nodes: Its nodes.
        tell: Is given each line of progress.
    """

    def __init__(
        self,
        places: Places,
        engine: Engine,
        nodes: EngineNodes,
        tell: Callable[[str], None],
    ) -> None:
        self._places = places
        self._engine = engine
        self._nodes = nodes
        self._tell = tell

    @property
    def begun(self) -> bool:
        """Whether we have begun to make the cluster here, and not removed it."""
        return self._record.exists()

    @property
    def unfinished(self) -> bool:
        """Whether we began to make the cluster and were cut short."""
        return self.begun and not json.loads(self._record.read_text("utf-8"))["made"]

    def create(
        self, *, kind: Path, node: Image | None, load: Callable[[], object]
    ) -> None:
        """Make the cluster; one that cannot be made is removed again.

        Args:
            kind: The command.
            node: The node image, None for the published one of this kind.
            load: Puts the add-ons' images on the nodes.

        Raises:
            ProvisionError: It cannot be made; says why.
        """
        if node:
            self._tell(f"making the node image {node.tag} known to the engine")
            loading.into_engine(node, self._engine)
        self._note(made=False)
        self._make_network()
        with contextlib.ExitStack() as on_failure:
            on_failure.callback(self.remove)
            self._tell(f"making the kind cluster {NAME!r}")
            self._create(kind, node)
            self._tell("installing the add-ons")
            self._apply(*(self._places.addons / name for name in _ADDONS))
            load()
            self._apply(*sorted(self._places.addons.glob(_STORAGE)))
            self.wait_until_ready()
            self._mark()
            on_failure.pop_all()
        self._note(made=True)

    def wait_until_ready(self) -> None:
        """Wait until nodes and add-ons are ready.

        Raises:
            ProvisionError: They are not in time; says which.
        """
        self._tell("waiting for nodes and add-ons to be ready")
        every = ("--all", f"--timeout={_READY_S}s")
        self._wait("wait", "node", "--for=condition=Ready", *every)
        for namespace in _OURS:
            self._wait(
                *("rollout", "status", "daemonset,deployment"),
                *(f"--namespace={namespace}", every[1]),
            )
        self._wait("wait", "apiservice", "--for=condition=Available", *every)

    def _wait(self, *arguments: str) -> None:
        """Let kubectl wait for something; say which pods are not ready if in vain."""
        result = self._kubectl(*arguments, timeout_s=_READY_S + 30)
        if result.ok:
            return
        pods = self._kubectl("get", "pods", "-A", "--no-headers", timeout_s=30).stdout
        left = [line for line in pods.splitlines() if " Running " not in line]
        raise ProvisionError(
            "\n".join(["the cluster did not get ready:", result.complaint, *left]),
            where=NAME,
            remedy=_DOCTOR,
        )

    def write_kubeconfig(self, kind: Path) -> None:
        """Write the file that says how the cluster is reached."""
        arguments = ["export", "kubeconfig", f"--name={NAME}"]
        must(
            self._run_kind(kind, *arguments, f"--kubeconfig={self._places.kubeconfig}"),
            "kind export kubeconfig",
            where=NAME,
            remedy="`pytest-roadmap down`, then up",
        )

    def remove(self) -> None:
        """Remove the cluster's nodes and what we noted of them."""
        names = self._nodes.names()
        if names:
            self._tell(f"removing the kind cluster {NAME!r}")
            must(
                self._engine.run("rm", "--force", "--volumes", *names),
                "removing the nodes",
                where=self._engine.host,
                remedy="look at the engine's log",
            )
        self._places.kubeconfig.unlink(missing_ok=True)
        self._record.unlink(missing_ok=True)

    def _make_network(self) -> None:
        """Make the nodes' network, where there is none yet.

        kind would make it, but only in one whose addresses we chose a node can
        come back to its former address.
        """
        if self._engine.run("network", "inspect", NETWORK).ok:
            return
        used = dockerd.used_networks(dockerd.ROUTES.read_text("ascii"))
        result = self._engine.run(
            *("network", "create", "--driver=bridge"),
            f"--subnet={dockerd.free_pool(used)}",
            "--opt=com.docker.network.bridge.enable_ip_masquerade=true",
            NETWORK,
        )
        must(result, "making the nodes' network", where=self._engine.host)

    def _create(self, kind: Path, node: Image | None) -> None:
        """Run `kind create cluster`."""
        config = self._places.state / "kind.yaml"
        config.write_text(configuration(self._places.cluster / "kind.yaml"), "utf-8")
        image = [f"--image={node.tag}"] if node else []
        result = self._run_kind(
            kind,
            "create",
            "cluster",
            f"--name={NAME}",
            f"--config={config}",
            f"--kubeconfig={self._places.kubeconfig}",
            *image,
        )
        if "unable to apply caps" in result.stderr:
            raise ProvisionError(
                "the engine asks for capabilities that this host lacks",
                where=self._engine.host,
                remedy="let pytest-roadmap start an engine that does not: "
                "set PYTEST_ROADMAP_ENGINE=own",
            )
        must(result, "kind create cluster", where=self._engine.host, remedy=_DOCTOR)

    def _apply(self, *manifests: Path) -> None:
        """Apply add-ons; objects of kinds that they bring come right after these."""
        texts = [file.read_text("utf-8") for file in manifests]
        apply = functools.partial(
            self._kubectl,
            *("apply", "--filename=-", "--server-side", "--force-conflicts"),
            stdin="\n---\n".join(texts).encode(),
            timeout_s=60,
        )
        result = apply()
        if "no matches for kind" in result.stderr:
            established = ("crd", "--all", "--for=condition=Established")
            self._wait("wait", *established, "--timeout=30s")
            result = apply()
        must(result, "installing the add-ons", where="k8s/addons", remedy=_DOCTOR)

    def _mark(self) -> None:
        """Put our mark on the cluster."""
        text = marking.manifest(marking.mark(self._run_id())).encode()
        result = self._kubectl("apply", "--filename=-", stdin=text, timeout_s=60)
        must(result, "marking the cluster as ours", where=NAME, remedy=_DOCTOR)

    def _run_kind(self, kind: Path, *arguments: str) -> CommandResult:
        """Run kind for our engine."""
        return self._engine.commands.run(
            [str(kind), *arguments],
            environment=self._engine.environment,
            timeout_s=_CREATE_S,
        )

    def _kubectl(
        self, *arguments: str, stdin: bytes | None = None, timeout_s: float
    ) -> CommandResult:
        """Run kubectl on the control plane."""
        return marking.kubectl(
            self._nodes, *arguments, stdin=stdin, timeout_s=timeout_s
        )

    def _run_id(self) -> str:
        """Return the id of the run that makes the cluster."""
        return str(json.loads(self._record.read_text("utf-8"))["run"])

    def _note(self, *, made: bool) -> None:
        """Note on disk that the cluster is being made, or has been."""
        self._places.state.mkdir(parents=True, exist_ok=True)
        run = self._run_id() if self.begun else uuid.uuid4().hex
        part = self._record.with_suffix(".part")
        part.write_text(json.dumps({"run": run, "made": made}), "utf-8")
        part.rename(self._record)

    @property
    def _record(self) -> Path:
        """The file with what we noted."""
        return self._places.state / "cluster.json"


def configuration(file: Path) -> str:
    """Return kind's configuration with its host paths made absolute."""
    data = yaml.safe_load(file.read_text("utf-8"))
    for node in data["nodes"]:
        for mount in node.get("extraMounts", ()):
            mount["hostPath"] = str((file.parent / mount["hostPath"]).resolve())
    return yaml.safe_dump(data, sort_keys=False)
