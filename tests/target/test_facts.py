"""What this machine lacks is computed, not guessed."""

from __future__ import annotations

from pytest_roadmap.target.facts import missing_capabilities

STATUS = "Name:\tx\nCapInh:\t0000000000000000\nCapBnd:\t{}\nCapAmb:\t0000000000000000\n"


def test_all_capabilities_are_there():
    assert missing_capabilities(STATUS.format("000001ffffffffff"), last=40) == ()


def test_one_is_missing():
    found = missing_capabilities(STATUS.format("000001fffeffffff"), last=40)
    assert found == ("CAP_SYS_RESOURCE",)


def test_several_are_missing():
    found = missing_capabilities(STATUS.format("000001bffedfffff"), last=40)
    assert found == ("CAP_SYS_ADMIN", "CAP_SYS_RESOURCE", "CAP_PERFMON")


def test_what_the_kernel_does_not_know_is_not_missing():
    assert missing_capabilities(STATUS.format("0000003fffffffff"), last=37) == ()
