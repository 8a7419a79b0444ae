from __future__ import annotations

import time

from pytest_roadmap.reporting import write_all
from pytest_roadmap.scoring import score_again


def test_two_thousand_requirements_take_seconds(large_run, tmp_path):
    card = large_run(2_000)

    start = time.process_time()  # of this process: other work does not count
    again = score_again(card)
    errors = write_all(again, tmp_path)
    seconds = time.process_time() - start

    assert errors == []
    assert seconds < 5  # about 0.7 on an idle core


def test_three_hundred_and_thirty_make_a_small_page(large_run, tmp_path):
    write_all(large_run(330), tmp_path)

    assert (tmp_path / "report.html").stat().st_size < 3_000_000
