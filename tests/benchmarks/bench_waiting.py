"""Waiting by watch against asking again and again: wake-ups and requests.

    python -m tests.benchmarks.bench_waiting

Both wait for the same changes of the same fake API server in one run, so the
ratios do not depend on the machine.
"""

from __future__ import annotations

import statistics
import tempfile
import threading
import time
from pathlib import Path

from tests.target.fake_api import PODS, connected, pod, serving

from pytest_roadmap.target.pods import Pod
from pytest_roadmap.target.watching import Watches

WAITS = 30
INTERVAL_S = 1.0  # of the usual polling loop
SPREAD_S = 1.0  # changes come at any moment of such an interval


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder, serving() as server:
        api = connected(Path(folder), server)
        polled = measure(server, lambda name: poll(api, name))
        watches = Watches(api.requests)
        pods = watches.of(Pod, "chain")
        watched = measure(
            server,
            lambda name: pods.until_one(
                name, lambda p: p.ready, within=10, what="Ready"
            ),
        )
        watches.stop()
    report(polled, watched)


def measure(server, wait) -> tuple[list[float], float]:
    """Return the delays of the wake-ups in ms, and the requests per wait."""
    delays = []
    before = len(server.requests)
    for number in range(WAITS):
        name = f"pod-{number}"
        server.put(PODS, pod(name, ready=False))
        after = SPREAD_S * (number % 10 + 0.5) / 10
        timer = threading.Timer(after, server.put, [PODS, pod(name)])
        timer.start()
        found = wait(name)
        delays.append((time.monotonic() - server.moments[int(found.version)]) * 1000)
        server.remove(PODS, name)
    return delays, (len(server.requests) - before) / WAITS


def poll(api, name: str) -> Pod:
    """Ask until the pod is Ready."""
    pause = threading.Event()
    while True:
        listed = [p for p in api.list(Pod, "chain") if p.name == name]
        if listed and listed[0].ready:
            return listed[0]
        pause.wait(INTERVAL_S)


def report(
    polled: tuple[list[float], float], watched: tuple[list[float], float]
) -> None:
    """Print both, and their ratios."""
    rows = [("polling", *polled), ("watch", *watched)]
    print(f"{'':10}{'p50 ms':>10}{'p95 ms':>10}{'requests/wait':>16}")
    numbers = []
    for name, delays, requests in rows:
        p50, p95 = statistics.median(delays), statistics.quantiles(delays, n=20)[-1]
        numbers.append((p50, p95, requests))
        print(f"{name:10}{p50:10.1f}{p95:10.1f}{requests:16.2f}")
    ratios = [a / max(b, 1 / WAITS) for a, b in zip(*numbers, strict=True)]
    print("{:10}{:10.1f}{:10.1f}{:16.1f}".format("ratio", *ratios))


if __name__ == "__main__":
    main()
