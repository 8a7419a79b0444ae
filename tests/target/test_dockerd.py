"""An engine of our own collides with nothing and asks for what the host has."""

from __future__ import annotations

import ipaddress
import json
import os
import subprocess

import pytest

from pytest_roadmap.errors import ProvisionError
from pytest_roadmap.target import dockerd
from pytest_roadmap.target.places import Places

ROUTES = (
    "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n"
    "eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
    "br-1\t0002D20A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
    "eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
)


def test_the_hosts_networks_are_read():
    assert [str(it) for it in dockerd.used_networks(ROUTES)] == [
        "10.210.2.0/24",
        "192.0.2.0/24",
    ]


def test_the_pool_overlaps_no_route():
    pool = dockerd.free_pool(dockerd.used_networks(ROUTES))
    assert str(pool) == "10.211.0.0/16"


def test_no_free_pool_is_an_instruction():
    used = [ipaddress.IPv4Network("10.0.0.0/8"), ipaddress.IPv4Network("172.16.0.0/12")]
    with pytest.raises(ProvisionError, match="DOCKER_HOST"):
        dockerd.free_pool(used)


def test_every_file_is_below_the_folder(tmp_path):
    settings = dockerd.configuration(tmp_path, [], [])
    for name in ("data-root", "exec-root", "pidfile"):
        assert str(settings[name]).startswith(str(tmp_path))
    assert settings["hosts"] == [f"unix://{tmp_path}/docker.sock"]
    assert settings["bridge"] == "none"
    assert "runtimes" not in settings


def test_the_runtime_is_used_where_capabilities_are_missing(tmp_path):
    settings = dockerd.configuration(tmp_path, ["CAP_SYS_RESOURCE"], [])
    assert settings["default-runtime"] in settings["runtimes"]


@pytest.mark.parametrize("missing", [["CAP_A"], ["CAP_C"], ["CAP_A", "CAP_C"]])
@pytest.mark.parametrize("option", ["--bundle", "--process"])
def test_the_wrapper_takes_out_what_is_missing_and_nothing_else(
    tmp_path, missing, option
):
    runc = tmp_path / "runc"
    runc.write_text('#!/bin/sh\necho runc "$@"\n')
    runc.chmod(0o755)
    script = tmp_path / "wrapper"
    script.write_text(dockerd.wrapper(missing))
    spec = tmp_path / "config.json"
    capabilities = {"bounding": ["CAP_A", "CAP_B", "CAP_C"], "effective": ["CAP_A"]}
    spec.write_text(
        json.dumps({"args": ["CAP_A x"], "c": capabilities}, separators=(",", ":"))
    )
    target = tmp_path if option == "--bundle" else spec
    result = subprocess.run(
        ["sh", str(script), "create", option, str(target), "id"],
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout == f"runc create {option} {target} id\n"
    left = json.loads(spec.read_text())
    for name, before in capabilities.items():
        assert left["c"][name] == [it for it in before if it not in missing]
    assert left["args"] == ["CAP_A x"]


def test_a_foreign_process_is_not_taken_for_our_engine(tmp_path):
    places = Places(checkout=tmp_path, cache=tmp_path)
    places.engine.mkdir()
    (places.engine / "docker.pid").write_text(str(os.getpid()))
    assert dockerd.our_pid(places) is None
    assert dockerd.stop(places, print) is False
