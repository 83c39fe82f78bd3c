"""A user of its own for each worker: locked, unknown to the system, and given back."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.sandbox import users
from autograder.sandbox.users import FIRST_UID, UIDS, SpareUser, borrow_user, readable_by_others

as_root = pytest.mark.skipif(
    platform.system() != "Linux" or os.geteuid() != 0 or borrow_user().uid is None,
    reason="users are lent to root alone",
)
BORROW = "import sys; from autograder.sandbox.users import borrow_user; print(borrow_user().uid, flush=True)"


@as_root
def test_nobody_shares_a_user():
    lent = [borrow_user() for _ in range(8)]
    assert len({user.uid for user in lent}) == 8
    assert all(FIRST_UID <= user.uid < FIRST_UID + UIDS and not user.why for user in lent)
    for user in lent:
        user.release()


@as_root
def test_two_who_begin_at_the_same_number_get_different_users(monkeypatch):
    monkeypatch.setattr(users.random, "randrange", lambda _: 7)
    first, second = borrow_user(), borrow_user()
    assert second.uid == first.uid + 1
    first.release()
    third = borrow_user()
    assert third.uid == FIRST_UID + 7
    second.release()
    third.release()


@as_root
def test_two_graders_on_one_machine_get_different_users(monkeypatch):
    monkeypatch.setattr(users.random, "randrange", lambda _: 11)
    ours = borrow_user()
    from_eleven = f"from autograder.sandbox import users; users.random.randrange = lambda _: 11; {BORROW}"
    theirs = subprocess.run([sys.executable, "-c", from_eleven], capture_output=True, text=True, check=True)
    assert int(theirs.stdout) == ours.uid + 1
    ours.release()


@as_root
def test_a_user_is_free_again_when_its_grader_was_killed(monkeypatch):
    waiting = f"from autograder.sandbox import users; users.random.randrange = lambda _: 23; {BORROW}; sys.stdin.read()"
    monkeypatch.setattr(users.random, "randrange", lambda _: 23)
    with subprocess.Popen(
        [sys.executable, "-c", waiting], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        theirs = int(other.stdout.readline())
        ours = borrow_user()
        assert ours.uid == theirs + 1
        ours.release()
        other.kill()
    again = borrow_user()
    assert again.uid == theirs
    again.release()


@as_root
def test_a_user_with_a_living_process_is_passed_over(monkeypatch):
    """Such as a daemon that a killed grader could not end."""
    monkeypatch.setattr(users.random, "randrange", lambda _: 31)
    uid = FIRST_UID + 31
    with subprocess.Popen(["/bin/sleep", "1000"], user=uid, group=uid, extra_groups=[]) as daemon:
        user = borrow_user()
        daemon.kill()
    assert user.uid == uid + 1
    user.release()


@as_root
def test_numbers_of_accounts_and_groups_are_passed_over(monkeypatch):
    monkeypatch.setattr(users.random, "randrange", lambda _: 41)
    account, group = FIRST_UID + 41, FIRST_UID + 42
    monkeypatch.setattr(users.pwd, "getpwuid", _only(account))
    monkeypatch.setattr(users.grp, "getgrgid", _only(group))
    user = borrow_user()
    assert user.uid == FIRST_UID + 43
    user.release()


def _only(known: int):
    def look_up(number: int) -> object:
        if number != known:
            raise KeyError(number)
        return object()

    return look_up


@as_root
def test_the_last_number_is_followed_by_the_first(monkeypatch):
    monkeypatch.setattr(users.random, "randrange", lambda _: UIDS - 1)
    last, first = borrow_user(), borrow_user()
    assert (last.uid, first.uid) == (FIRST_UID + UIDS - 1, FIRST_UID)
    last.release()
    first.release()


@as_root
def test_where_no_number_is_left_the_reason_is_said(monkeypatch):
    monkeypatch.setattr(users, "UIDS", 1)
    only = borrow_user()
    assert only.uid == FIRST_UID
    assert borrow_user().why == "no unused user id is left"
    only.release()


@as_root
@pytest.mark.parametrize("mode", [0o777, 0o755, 0o701])
def test_a_folder_of_locks_that_others_can_get_at_is_not_trusted(monkeypatch, tmp_path, mode):
    (tmp_path / users.LOCKS).mkdir(mode)
    (tmp_path / users.LOCKS).chmod(mode)
    monkeypatch.setattr(users.os, "access", lambda *_: False)
    monkeypatch.setattr(users.tempfile, "gettempdir", lambda: str(tmp_path))
    found = borrow_user()
    assert found.uid is None
    assert "not root's alone" in found.why


@as_root
def test_a_link_in_the_place_of_the_locks_is_not_followed(monkeypatch, tmp_path):
    (tmp_path / "elsewhere").mkdir(0o700)
    (tmp_path / users.LOCKS).symlink_to(tmp_path / "elsewhere")
    monkeypatch.setattr(users.os, "access", lambda *_: False)
    monkeypatch.setattr(users.tempfile, "gettempdir", lambda: str(tmp_path))
    assert borrow_user().uid is None
    assert list((tmp_path / "elsewhere").iterdir()) == []


@as_root
def test_no_other_user_where_it_could_not_read_the_interpreter(monkeypatch, tmp_path):
    tmp_path.chmod(0o700)
    monkeypatch.setattr(users, "runtime_paths", lambda: (str(tmp_path),))
    found = borrow_user()
    assert found.uid is None
    assert str(tmp_path) in found.why
    assert "outside private folders" in found.why


def test_without_privilege_there_is_no_other_user(monkeypatch):
    monkeypatch.setattr(users.os, "geteuid", lambda: 1000)
    assert borrow_user().why == "needs to be started as root"


def test_elsewhere_than_on_linux_there_is_no_other_user(monkeypatch):
    monkeypatch.setattr(users.platform, "system", lambda: "Darwin")
    assert borrow_user().uid is None


def test_releasing_twice_does_no_harm():
    user = SpareUser(5, lock=os.open(os.devnull, os.O_RDONLY))
    user.release()
    user.release()
    assert user.uid is None


def test_readable_by_others_looks_at_every_folder_above(tmp_path):
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    file = inner / "f"
    file.write_text("x")
    file.chmod(0o644)
    for folder in (inner, inner.parent):
        folder.chmod(0o711)
    opened = [parent.stat().st_mode & 1 for parent in file.resolve().parents]
    assert readable_by_others(file) == all(opened)
    assert not readable_by_others(inner), "it may be passed through, and not listed"
    inner.parent.chmod(0o700)
    assert not readable_by_others(file)


def test_readable_by_others_looks_at_the_file_itself():
    assert readable_by_others(Path("/etc/passwd"))
    assert readable_by_others(Path("/proc/self"))
    if Path("/etc/shadow").exists():
        assert not readable_by_others(Path("/etc/shadow"))
