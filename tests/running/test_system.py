from __future__ import annotations

from types import SimpleNamespace

import pytest

from pytest_roadmap.errors import ProvisionError, UnavailableError
from pytest_roadmap.probes.site import Site
from pytest_roadmap.running.system import Order, System


@pytest.fixture
def system_with(tmp_path):
    def make(provide, *, cluster: str = "kind") -> tuple[System, Site, list[str]]:
        said: list[str] = []
        hook = SimpleNamespace(pytest_roadmap_provide_cluster=provide)
        config = SimpleNamespace(hook=hook, rootpath=tmp_path)
        options = SimpleNamespace(
            cluster=cluster, target=tmp_path / "p.yaml", keep=False, lease="wait"
        )
        order = Order(site=tmp_path / "site.json", run="run-1", tell=said.append)
        system = System(config, options, order)
        system.bring_up(cluster=True)
        return system, Site.read(tmp_path / "site.json"), said

    return make


def broken(**_):
    raise ProvisionError("no engine answers", remedy="pytest-roadmap doctor")


def test_what_cannot_be_provided_makes_probes_unavailable_with_the_reason(system_with):
    system, site, said = system_with(broken)

    assert site.problem.startswith("no cluster: no engine answers")
    assert said == [site.problem]
    with pytest.raises(UnavailableError, match="no engine answers"):
        site.connection()
    system.put_down()


def test_no_cluster_is_wanted(system_with):
    _, site, _ = system_with(broken, cluster="none")

    assert site.problem == "no cluster: --roadmap-cluster none"


def test_nobody_provides_it(system_with):
    _, site, _ = system_with(lambda **_: None, cluster="context:far")

    assert "nobody provides context:far" in site.problem


def test_a_site_that_nobody_has_written_has_no_cluster(tmp_path):
    assert Site.read(tmp_path / "none.json").problem
