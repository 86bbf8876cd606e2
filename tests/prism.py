"""Prism, a mock server for OpenAPI descriptions: brought by npm where there is one, into a cache.

Only tests that are marked `soak` ask for it, and fail where it cannot be had; what all tests go by
is the check in Python (twilio_openapi.py).
"""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

VERSION = "5.14.2"
PATIENCE = 60  # seconds for an installation; one takes about 13
LAUNCHER = Path("node_modules", "@stoplight", "prism-cli", "dist", "index.js")


def launcher() -> Path | None:
    """Where Prism is: kept from last time, installed now, or nowhere."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "kypholine"
    kept = cache / f"prism-{VERSION}"
    if not shutil.which("node"):
        return None
    if not (kept / LAUNCHER).exists():
        _install(cache, kept)
    return kept / LAUNCHER if (kept / LAUNCHER).exists() else None


def _install(cache: Path, kept: Path) -> None:
    """Install beside the place and move it there whole: two test runs may do so at once."""
    npm = shutil.which("npm")
    if npm is None:
        return
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache, ignore_cleanup_errors=True) as folder:
            command = [npm, "install", "--prefix", folder, "--ignore-scripts", "--no-audit"]
            more = ["--no-fund", "--loglevel=silent", "--fetch-retries=0"]
            package = f"@stoplight/prism-cli@{VERSION}"
            subprocess.run([*command, *more, package], check=True, timeout=PATIENCE, cwd=folder)
            Path(folder).rename(kept)
    except (OSError, subprocess.SubprocessError):
        return


@contextmanager
def prism(document: Path) -> Iterator[str]:
    """Serve the description on the loopback; the address.

    It answers 422 to a request that goes against the description. Its --errors would judge the
    answers too, and some of Twilio's own examples do not fit Twilio's own description.
    """
    found = launcher()
    assert found, "this needs Prism: node, npm, and for the first time a way to npm's registry"
    port = _free_port()
    command = ["node", str(found), "mock", "-h", "127.0.0.1", "-p", str(port)]
    with subprocess.Popen(
        [*command, str(document)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert any("listening" in line for line in process.stdout), "Prism does not start"
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
