"""Campaigns under fire, the short form of each scene; ``python3 dev.py chaos`` plays them whole."""

from pathlib import Path

import pytest

from tests.chaos import bugs, harm, kills, power, scenes, trouble
from tests.chaos.kills import Finding
from tests.chaos.stage import why_no_strace

traced = pytest.mark.skipif(bool(why_no_strace()), reason=f"system calls cannot be watched: {why_no_strace()}")


def assert_green(found: Finding) -> None:
    assert found.passed, f"{found.what}: {found.told}"


def test_kills_at_random_moments_with_all_faults(tmp_path: Path) -> None:
    assert_green(kills.random_kills(tmp_path, 1, kills=6, count=10_000, most=100))


def test_kills_at_every_point_of_a_run(tmp_path: Path) -> None:
    assert_green(kills.at_points(tmp_path, 1))


def test_kills_at_every_point_of_planning(tmp_path: Path) -> None:
    assert_green(kills.at_drafting_points(tmp_path, 1))


@traced
def test_kills_at_system_calls(tmp_path: Path) -> None:
    assert_green(kills.at_syscalls(tmp_path, {"pwrite64": [7], "fdatasync": [3], "sendto": [4], "recvfrom": [5]}))


@traced
def test_loss_of_power_forgets_no_intent(tmp_path: Path) -> None:
    assert_green(power.loss_of_power(tmp_path, batches=50))


@traced
def test_loss_of_power_condemns_a_ledger_that_does_not_wait_for_the_disk(tmp_path: Path) -> None:
    found = power.loss_of_power(tmp_path, batches=20, plant=scenes.NORMAL)
    assert not found.passed
    assert "20 of 20 requests left without their intent" in found.told


@pytest.mark.parametrize("plant", bugs.OCCASIONS)
def test_a_planted_bug_is_caught(plant: str, tmp_path: Path) -> None:
    assert_green(bugs.planted(tmp_path, plant, compare=False))


def test_the_breaker_stops_a_run_of_doubts(tmp_path: Path) -> None:
    assert_green(harm.breaker(tmp_path))


def test_sigterm_leaves_nobody_in_doubt(tmp_path: Path) -> None:
    assert_green(harm.drain(tmp_path, 2))


def test_nothing_begins_after_a_pause(tmp_path: Path) -> None:
    assert_green(harm.pause(tmp_path, 2))


def test_nobody_who_is_canceled_is_phoned(tmp_path: Path) -> None:
    assert_green(harm.cancel(tmp_path))


@traced
def test_a_full_disk(tmp_path: Path) -> None:
    assert_green(trouble.disk_full(tmp_path, strace=True))


def test_a_file_that_may_not_grow(tmp_path: Path) -> None:
    assert_green(trouble.disk_full(tmp_path, strace=False))


def test_a_ledger_that_may_not_be_written(tmp_path: Path) -> None:
    assert_green(trouble.read_only(tmp_path))


def test_a_ledger_that_is_locked_for_a_moment(tmp_path: Path) -> None:
    assert_green(trouble.locked(tmp_path, seconds=1, gives_up=False))


def test_a_second_runner_is_told_who_runs(tmp_path: Path) -> None:
    assert_green(trouble.second_runner(tmp_path))


def test_a_restored_backup_is_refused(tmp_path: Path) -> None:
    assert_green(trouble.restored_backup(tmp_path))


def test_a_clock_that_jumps(tmp_path: Path) -> None:
    assert_green(trouble.clock_jumps(tmp_path))
