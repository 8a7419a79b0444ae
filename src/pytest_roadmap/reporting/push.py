"""Handing a run's metrics to a Pushgateway, for jobs that nobody scrapes."""

from __future__ import annotations

from http.client import HTTPException
from typing import TYPE_CHECKING
from urllib.error import HTTPError

from prometheus_client import push_to_gateway

from pytest_roadmap.errors import ReportError
from pytest_roadmap.reporting import metrics
from pytest_roadmap.reporting.evidence import redact

if TYPE_CHECKING:
    from pytest_roadmap.model import Scorecard

TIMEOUT_S = 10.0


def push(
    scorecard: Scorecard, url: str, *, job: str = "roadmap", items: bool = False
) -> None:
    """Replace what the gateway at `url` has of these suites under `job`.

    Args:
        scorecard: The run.
        url: The gateway's address, `http://host:9091`.
        job: The `job` label.
        items: Push a series per requirement too, under `JOB_items`.

    Raises:
        ReportError: The gateway cannot be reached or does not take it.
    """
    key = {"suite": ",".join(sorted(roadmap.suite for roadmap in scorecard.roadmaps))}
    groups = [(job, metrics.registered(scorecard))]
    if items:
        groups.append((f"{job}_items", metrics.items(scorecard)))
    for name, registry in groups:
        try:
            push_to_gateway(
                url, job=name, registry=registry, grouping_key=key, timeout=TIMEOUT_S
            )
        except (OSError, HTTPException, ValueError) as error:
            if isinstance(error, HTTPError):
                error.close()  # it is the answer too, and holds the connection
            raise ReportError(
                f"the Pushgateway did not take the metrics: {error}",
                where=redact(url),
                remedy="name a Pushgateway that answers, as http://host:9091; the "
                f"run's folder has the same in {metrics.FILE}",
            ) from error
