"""Where a browser is looked for, and which commands may bring one."""

import sys
from pathlib import Path

import pytest

from tests.browser import install

LIBRARY = (sys.executable, "-m", "playwright", "install")
APT = ("apt-get", "install", "-qq", "-y", "--no-install-recommends")


def programs(*names: str):
    return {name: f"/usr/bin/{name}" for name in names}.get


def test_the_browser_of_this_machine_starts():
    found = install.find()
    assert found is not None
    assert install.starts(found)


@pytest.mark.parametrize("exit_code", [0, 1])
def test_a_placeholder_that_does_not_start_is_no_browser(tmp_path: Path, exit_code: int):
    program = tmp_path / "chromium"
    program.write_text(f"#!/bin/sh\nexit {exit_code}\n")
    program.chmod(0o755)
    assert install.starts(str(program)) is (exit_code == 0)
    assert not install.starts(str(tmp_path / "nothing"))


def test_the_browser_somebody_names_comes_first(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TEST_BROWSER", "/opt/mine")
    there = programs("google-chrome", "chromium", "chromium-headless-shell")
    named, *found = install.candidates(there)
    assert named == "/opt/mine"
    assert found[:3] == [
        f"/usr/bin/{name}" for name in ("chromium-headless-shell", "chromium", "google-chrome")
    ]


@pytest.mark.parametrize(
    ("has", "root", "may_sudo", "commands"),
    [
        (
            ("apt-get",),
            True,
            False,
            [
                ("apt-get", "update", "-qq"),
                (*APT, "chromium-headless-shell"),
                (*APT, "chromium"),
                (*LIBRARY, "--with-deps", "chromium"),
            ],
        ),
        (
            ("apt-get", "sudo"),
            False,
            True,
            [
                ("sudo", "-n", "apt-get", "update", "-qq"),
                ("sudo", "-n", *APT, "chromium-headless-shell"),
                ("sudo", "-n", *APT, "chromium"),
                (*LIBRARY, "chromium"),
            ],
        ),
        (("apt-get", "sudo"), False, False, [(*LIBRARY, "chromium")]),
        (("apt-get",), False, True, [(*LIBRARY, "chromium")]),
        (
            ("dnf",),
            True,
            False,
            [("dnf", "install", "-q", "-y", "chromium"), (*LIBRARY, "--with-deps", "chromium")],
        ),
        (
            ("brew",),
            False,
            False,
            [("brew", "install", "--quiet", "--cask", "chromium"), (*LIBRARY, "chromium")],
        ),
    ],
    ids=["root-apt", "sudo-apt", "sudo-asks", "no-sudo", "root-dnf", "brew"],
)
def test_only_allowed_ways_are_tried_the_system_first(has, root, may_sudo, commands):
    assert list(install.ways(programs(*has), root, lambda: may_sudo)) == commands


def test_a_browser_that_is_there_needs_nothing_installed():
    said: list[str] = []
    assert install.main(said.append) == 0
    assert said == [f"The tests use {install.find()}"]
