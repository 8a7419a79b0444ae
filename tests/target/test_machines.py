from __future__ import annotations

from pytest_roadmap.target.commands import CommandResult
from pytest_roadmap.target.machines import Nodes
from pytest_roadmap.target.pods import Pod

POD = Pod(
    {
        "metadata": {"name": "validator-1", "namespace": "n", "uid": "u-1"},
        "spec": {"nodeName": "w", "containers": [{"name": "node"}]},
        "status": {
            "containerStatuses": [{"name": "node", "containerID": "containerd://c1"}]
        },
    }
)
END = """1700000010.5
2023-11-14T22:13:29.25Z stderr F stopping the node
2023-11-14T22:13:30.5Z stderr F the node has stopped in order
"""


class Access:
    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, list[str]]] = []

    def run(self, node, argv, **_):
        self.asked.append((node, list(argv)))
        return CommandResult(status=0, stdout=self.answers.pop(0))


class Requests:
    def guard(self, *_):
        pass


class Api:
    requests = Requests()


def test_the_end_of_a_process_comes_with_the_last_lines_of_its_log():
    access = Access("77 1 S 9000 roadmapd start", END)

    end = Nodes(Api(), None, access).follow_to_end(POD, "node", within=5)

    assert end.at == 1700000010.5
    assert end.log[-1].text == "the node has stopped in order"
    assert end.log[0].at == 1700000009.25
    assert access.asked[1][1][-3:] == ["77", "u-1", "node"]
