"""A worker begins with what patients need; staff's doors are made when the first asks for them."""

import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT

WORKER = """
import os, sys
from voice.assembly import assemble
from voice.settings import read
client = assemble(read(os.environ)).test_client()
loaded = lambda: "voice.console" in sys.modules
print(client.get("/healthz").status_code, client.post("/voice").status_code, loaded())
print(client.get("/console/sign-in").status_code, client.get("/try").status_code, loaded())
print(client.get("/console/nothing").status_code, client.get("/healthz").status_code)
print(client.get("/static/console.css").status_code, client.get("/metrics").status_code)
"""


def test_staffs_doors_open_when_somebody_knocks(tmp_path: Path) -> None:
    environ = {"INSTANCE": str(tmp_path), "PUBLIC_URL": "http://127.0.0.1:8000", "PATH": "/bin"}
    done = subprocess.run(
        [sys.executable, "-c", WORKER],
        capture_output=True, text=True, check=True, cwd=ROOT, env=environ,
    )  # fmt: skip
    assert done.stdout.splitlines() == ["200 403 False", "200 503 True", "303 200", "200 200"]
