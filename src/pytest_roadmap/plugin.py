"""The pytest plugin: options and wiring, no decisions.

Without --roadmap it adds the options and keeps probes from running; whatever a
run needs is imported only then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_roadmap import hookspecs
from pytest_roadmap.running import options

if TYPE_CHECKING:
    from pytest_roadmap.target.provider import Provider


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Declare our extension points."""
    pluginmanager.add_hookspecs(hookspecs)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of a run."""
    options.add(parser)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Declare the mark of a probe, and begin a run if one is asked for."""
    line = "probe(*ids, strength): the test answers these requirements of a roadmap"
    config.addinivalue_line("markers", line)
    line = "events(*kinds): consensus events that the probe's experiment records"
    config.addinivalue_line("markers", line)
    if options.asked(config):
        from pytest_roadmap.running.start import start

        start(config)


@pytest.hookimpl(trylast=True)
def pytest_roadmap_provide_cluster(config: pytest.Config, name: str) -> Provider | None:
    """Provide kind, or an existing context."""
    from pytest_roadmap.target.provider import Wishes, provide

    control = config.pluginmanager.getplugin("roadmap-control")
    wishes = Wishes(
        images=config.getoption("--roadmap-images"),
        provision=config.getoption("--roadmap-provision") if control else "never",
        **({"tell": control.progress.say} if control else {}),
    )
    return provide(name, wishes)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Skip probes where nobody asked for a run: they may break things."""
    if options.asked(config):
        return
    skip = pytest.mark.skip(reason="a probe: run it with pytest --roadmap")
    for item in items:
        if item.get_closest_marker("probe") is not None:
            item.add_marker(skip)
