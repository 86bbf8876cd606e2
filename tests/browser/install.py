"""A browser for the tests: the one on this machine, else one installed now.

Run as `python -m tests.browser.install`. Exit 0 when there is a browser, else 1 with one line that
says what to install.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

SHELL = "chromium-headless-shell"
"""Chromium without a browser's own windows: the same pages for three quarters of the time."""

NAMES = (
    SHELL,
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
)
MAC = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
MINUTES_10 = 600

Which = Callable[[str], str | None]
Command = tuple[str, ...]


def find() -> str | None:
    """The path of a browser that starts, or None."""
    return next((path for path in candidates(shutil.which) if starts(path)), None)


def candidates(which: Which) -> Iterator[str]:
    """Where a browser may be: TEST_BROWSER, PATH, a Mac's applications, the test library's own."""
    named = os.environ.get("TEST_BROWSER")
    if named:
        yield named
    yield from (path for name in NAMES if (path := which(name)))
    yield from (path for path in MAC if Path(path).exists())
    yield from _of_the_test_library()


def _of_the_test_library() -> Iterator[str]:
    # In a thread of its own: where a browser is open already, this one's loop is taken.
    with ThreadPoolExecutor(1) as apart:
        path = apart.submit(_path_of_the_test_library).result()
    if Path(path).exists():
        yield path


def _path_of_the_test_library() -> str:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return playwright.chromium.executable_path


def starts(path: str) -> bool:
    """Does it tell its version? A placeholder that only names a package to install does not."""
    return _succeeds((path, "--version"))


def ways(which: Which, root: bool, may_sudo: Callable[[], bool]) -> Iterator[Command]:
    """The commands that may bring a browser, the system's package manager first."""
    allowed: Command | None = () if root else None
    if not root and which("sudo") and may_sudo():
        allowed = ("sudo", "-n")
    if allowed is not None and which("apt-get"):
        yield (*allowed, "apt-get", "update", "-qq")
        for package in (SHELL, "chromium"):
            yield (*allowed, "apt-get", "install", "-qq", "-y", "--no-install-recommends", package)
    if allowed is not None and which("dnf"):
        yield (*allowed, "dnf", "install", "-q", "-y", "chromium")
    if not root and which("brew"):
        yield ("brew", "install", "--quiet", "--cask", "chromium")
    library = (sys.executable, "-m", "playwright", "install")
    yield (*library, "--with-deps", "chromium") if allowed == () else (*library, "chromium")


def _may_sudo() -> bool:
    return _succeeds(("sudo", "-n", "true"))


def _succeeds(command: Command) -> bool:
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=MINUTES_10,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def main(say: Callable[[str], object] = print) -> int:
    """Find a browser, or install one; the exit status."""
    found = find()
    for command in () if found else ways(shutil.which, os.geteuid() == 0, _may_sudo):
        say(f"No browser yet: {' '.join(command)}")
        found = find() if _succeeds(command) else None
        if found:
            break
    if found:
        say(f"The tests use {found}")
        return 0
    say("The tests need a browser: install chromium or Google Chrome, or set TEST_BROWSER to one.")
    return 1


if __name__ == "__main__":
    sys.exit(main())
