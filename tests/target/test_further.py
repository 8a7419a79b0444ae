from __future__ import annotations

from pytest_roadmap.target import further

SET = {
    "metadata": {"name": "full", "uid": "u"},
    "spec": {
        "replicas": 3,
        "serviceName": "full",
        "selector": {"matchLabels": {"app": "full"}},
        "template": {
            "metadata": {"labels": {"app": "full"}},
            "spec": {
                "containers": [{"name": "node"}],
                "volumes": [
                    {"name": "g", "configMap": {"name": "genesis", "optional": True}},
                    {"name": "k", "secret": {"secretName": "genesis"}},
                    {
                        "name": "p",
                        "projected": {"sources": [{"configMap": {"name": "genesis"}}]},
                    },
                ],
            },
        },
        "volumeClaimTemplates": [{"metadata": {"name": "data"}, "status": {}}],
    },
}


def test_a_further_node_is_the_same_but_for_its_name_and_source():
    made = further.document(SET, "guest", {"ConfigMap/genesis": "other"})

    spec = made["spec"]
    volumes = spec["template"]["spec"]["volumes"]
    assert made["metadata"]["name"] == "guest"
    assert spec["replicas"] == 1
    assert volumes[0]["configMap"] == {"name": "other", "optional": True}
    assert volumes[1]["secret"] == {"secretName": "genesis"}
    assert volumes[2]["projected"]["sources"][0]["configMap"]["name"] == "other"
    assert spec["volumeClaimTemplates"] == [{"metadata": {"name": "data"}}]


def test_its_selector_takes_none_of_the_role_s_own_pods():
    made = further.document(SET, "guest", {})

    wanted = made["spec"]["selector"]["matchLabels"]
    assert set(wanted) > {"app"}
    assert made["spec"]["template"]["metadata"]["labels"] == wanted
    assert SET["spec"]["replicas"] == 3
