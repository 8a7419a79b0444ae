from __future__ import annotations

import pytest

from pytest_roadmap.errors import TargetError
from pytest_roadmap.target.jobs import run_of

TEMPLATE = {"spec": {"containers": []}}


def test_a_run_of_a_cron_job_is_what_its_template_says():
    document = {
        "kind": "CronJob",
        "metadata": {"name": "backup"},
        "spec": {
            "suspend": True,
            "jobTemplate": {"spec": {"backoffLimit": 2, "template": TEMPLATE}},
        },
    }

    job = run_of(document, "backup-now")

    assert job["kind"] == "Job"
    assert job["metadata"]["name"] == "backup-now"
    assert job["spec"] == {"backoffLimit": 2, "template": TEMPLATE}


def test_a_suspended_job_runs_all_the_same():
    labels = {"app": "backup"}
    document = {
        "kind": "Job",
        "metadata": {"name": "backup", "labels": labels},
        "spec": {"suspend": True, "template": TEMPLATE},
    }

    job = run_of(document, "again")

    assert job["metadata"] == {"name": "again", "labels": labels}
    assert job["spec"] == {"template": TEMPLATE}


def test_what_is_no_job_is_told():
    document = {"kind": "Deployment", "metadata": {"name": "api"}}

    with pytest.raises(TargetError, match="Deployment/api is no job"):
        run_of(document, "now")
