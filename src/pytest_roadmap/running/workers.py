"""How many processes run the probes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pytest_roadmap.running.options import MOST_WORKERS

if TYPE_CHECKING:
    import pytest

    from pytest_roadmap.running.asked import Asked
    from pytest_roadmap.running.options import Options


def is_worker(config: pytest.Config) -> bool:
    """Tell whether this process is a worker of xdist."""
    return hasattr(config, "workerinput")


def distributes(config: pytest.Config) -> bool:
    """Tell whether this process hands the probes out to workers."""
    option = config.option
    return getattr(option, "dist", "no") != "no" and bool(getattr(option, "tx", None))


def distribute(config: pytest.Config, options: Options, asked: Asked) -> None:
    """Let xdist start workers, unless the user has decided otherwise."""
    option = config.option
    if (
        is_worker(config)
        or not config.pluginmanager.hasplugin("xdist")
        or option.collectonly
        or option.usepdb
        or option.numprocesses is not None
        or option.tx
    ):
        return
    count = default_workers(asked) if options.workers is None else options.workers
    option.numprocesses = count
    option.dist = "load" if count else "no"
    option.tx = ["popen"] * count


def default_workers(asked: Asked) -> int:
    """Return as many workers as wanted units may overlap, and as the machine bears.

    Probes wait most of the time, but each worker has a chain of its own beside
    it, which takes about a quarter of a core: with three workers on two cores the
    run ends no sooner than with two, and limits on times break for want of CPU.
    One worker is the least, for a probe that ends its process must not end the run.
    """
    units = {
        (requirement.suite, requirement.shares) if requirement.shares else name
        for name, requirement in asked.requirements.items()
        if name in asked.wanted and not requirement.isolation.alone
    }
    bearable = max(2, os.cpu_count() or 1)
    return max(1, min(len(units), MOST_WORKERS, bearable))
