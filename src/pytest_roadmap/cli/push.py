"""`push` hands the metrics of a run to a Pushgateway."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_roadmap.reporting import archive
from pytest_roadmap.reporting.evidence import redact
from pytest_roadmap.reporting.push import push as push_metrics

if TYPE_CHECKING:
    import argparse


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `push`."""
    pusher = commands.add_parser("push", help="hand a run's metrics to a Pushgateway")
    pusher.add_argument("archive", type=Path, metavar="ARCHIVE")
    pusher.add_argument("--url", required=True, help="for example http://host:9091")
    pusher.add_argument("--job", default="roadmap", help="the job label (roadmap)")
    pusher.add_argument(
        "--items", action="store_true", help="a series per requirement too"
    )
    pusher.add_argument("--format", choices=("text", "json"), default="text")
    pusher.set_defaults(run=push)


def push(options: argparse.Namespace) -> int:
    """Push the metrics of an archive; the exit status does not say its decision."""
    path: Path = options.archive
    card = archive.read(path / archive.FILE if path.is_dir() else path)
    push_metrics(card, options.url, job=options.job, items=options.items)
    url = redact(options.url)
    if options.format == "json":
        said = {"run": card.run.id, "url": url, "job": options.job}
        print(json.dumps(said | {"items": options.items}))
    else:
        print(f"pushed run {card.run.id} to {url} as job {options.job}")
    return 0
