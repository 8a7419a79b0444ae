from __future__ import annotations

from types import SimpleNamespace

import pytest

from pytest_roadmap.target import diagnosis
from pytest_roadmap.target.pods import Pod


def space_with(reason, message="", restarts=0):
    status = {
        "name": "node",
        "restartCount": restarts,
        "state": {"waiting": {"reason": reason, "message": message}},
    }
    pod = Pod(
        {
            "metadata": {"name": "v-0"},
            "spec": {"containers": [{"name": "node"}]},
            "status": {"containerStatuses": [status]},
        }
    )
    return SimpleNamespace(pods=SimpleNamespace(now=lambda: (pod,)))


@pytest.mark.parametrize("reason", ["ErrImageNeverPull", "CreateContainerConfigError"])
def test_a_container_without_image_or_configuration_is_hopeless(reason):
    assert diagnosis.hopeless(space_with(reason, "secret keys not found"))


def test_a_kubelet_that_is_late_with_a_config_map_is_not():
    late = "failed to sync configmap cache: timed out waiting for the condition"

    assert not diagnosis.hopeless(space_with("CreateContainerConfigError", late))


def test_crash_after_crash_is_hopeless_and_the_first_is_not():
    assert diagnosis.hopeless(space_with("CrashLoopBackOff", restarts=4))
    assert not diagnosis.hopeless(space_with("CrashLoopBackOff", restarts=1))
