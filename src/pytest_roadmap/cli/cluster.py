"""`pytest-roadmap up | down | status`: the cluster, without a run."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict
from typing import TYPE_CHECKING

from pytest_roadmap.errors import TargetError

if TYPE_CHECKING:
    import argparse

    from pytest_roadmap.target.kind import Kind
    from pytest_roadmap.target.provider import ClusterStatus, Provider, Wishes


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `up`, `down` and `status`."""
    up_ = commands.add_parser("up", help="make the cluster, or find it made")
    up_.add_argument("--images", choices=["auto", "pull", "build"], default="auto")
    up_.add_argument(
        "--provision",
        choices=["auto", "never"],
        default="auto",
        help="never: install and start nothing outside the checkout",
    )
    up_.add_argument(
        "--load",
        action="append",
        default=[],
        metavar="RECIPE",
        help="also put the images of this recipe on the nodes (repeatable)",
    )
    up_.set_defaults(run=up)
    down_ = commands.add_parser("down", help="delete the cluster that we made")
    down_.add_argument(
        "--all", action="store_true", help="also stop the engine that we started"
    )
    down_.set_defaults(run=down)
    status_ = commands.add_parser("status", help="what there is now")
    status_.add_argument("--cluster", default="kind", metavar="kind|context:NAME")
    status_.set_defaults(run=status)
    for parser in (up_, down_, status_):
        parser.add_argument("--format", choices=["text", "json"], default="text")


def up(options: argparse.Namespace) -> int:
    """Make the cluster, or find it made."""
    start = time.monotonic()
    kind = _kind(options)
    connection = kind.ensure()
    tags = kind.load(options.load)
    seconds = time.monotonic() - start
    if options.format == "json":
        _print_json(
            {
                "kubeconfig": str(connection.kubeconfig),
                "context": connection.context,
                "images": tags,
                "seconds": round(seconds, 1),
            }
        )
        return 0
    print(f"The cluster is up ({seconds:.1f} s).")
    print(f"export KUBECONFIG={connection.kubeconfig}")
    return 0


def down(options: argparse.Namespace) -> int:
    """Delete the cluster that we made; with `--all`, stop our engine too."""
    kind = _kind(options)
    kind.delete()
    stopped = options.all and kind.stop_engine()
    if options.format == "json":
        _print_json({"deleted": True, "engine_stopped": bool(stopped)})
    else:
        print("The cluster is gone, the images are kept.")
    return 0


def status(options: argparse.Namespace) -> int:
    """Tell what there is now; 0 if a cluster answers, 1 if not."""
    found = _provider(options).status()
    if options.format == "json":
        _print_json(asdict(found))
    else:
        _print(found)
    return 0 if found.answers else 1


def _print(found: ClusterStatus) -> None:
    """Print a status for people."""
    if not found.exists:
        print(f"{found.name}: there is no cluster (pytest-roadmap up makes one)")
        return
    whose = "made by pytest-roadmap" if found.owned else "not ours"
    answers = "answers" if found.answers else "does not answer"
    print(f"{found.name}: {answers}, {whose}")
    if found.engine:
        print(f"  engine      {found.engine}")
    print(f"  kubeconfig  {found.kubeconfig} (context {found.context})")
    print(f"  in use by   {found.holder or 'nobody'}")
    for node in found.nodes:
        print(f"  {node.name:<26} {node.role:<14} {node.state}")


def _kind(options: argparse.Namespace) -> Kind:
    """Return the provider of our own cluster."""
    from pytest_roadmap.target.kind import Kind

    return Kind(_wishes(options))


def _provider(options: argparse.Namespace) -> Provider:
    """Return the provider that the command line names."""
    from pytest_roadmap.target.provider import provide

    if found := provide(options.cluster, _wishes(options)):
        return found
    raise TargetError(
        "there is no cluster to tell of",
        where="--cluster none",
        remedy="use kind or context:NAME",
    )


def _wishes(options: argparse.Namespace) -> Wishes:
    """Return how the command line wants the cluster."""
    from pytest_roadmap.target.provider import Wishes

    return Wishes(
        images=getattr(options, "images", "auto"),
        provision=getattr(options, "provision", "never"),
        tell=_tell,
    )


def _tell(line: str) -> None:
    """Print a line of progress where it does not mix with the answer."""
    print(line, file=sys.stderr, flush=True)


def _print_json(value: object) -> None:
    """Print an answer for programs."""
    print(json.dumps(value, indent=2))
