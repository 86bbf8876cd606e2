"""A worker begins with what patients need, and sees to its store.

Staff's doors are made when the first asks for them."""

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

KEEPER = """
import os, sqlite3, time
from datetime import UTC, datetime
from voice.assembly import assemble
from voice.settings import read
from voice.store import open_store, opt_out
from voice.store.migrating import migrate
settings = read(os.environ)
store = open_store(settings.database_url)
migrate(store)
assemble(settings)
opt_out(store, ["key"], False, datetime.now(UTC))
def in_file():
    file = f"file:{store.engine.url.database}?immutable=1"  # without its log
    try:
        return sqlite3.connect(file, uri=True).execute("SELECT key FROM contact").fetchall()
    except sqlite3.DatabaseError:  # on its way there
        return []
deadline = time.monotonic() + 20
while in_file() != [("key",)] and time.monotonic() < deadline:
    os.sched_yield()
print(in_file())
"""

ENDING = """
import os
from voice.assembly import assemble
from voice.notice import Herald
from voice.settings import read
from voice.store import Tally
Herald.close = lambda herald: print("told")
Tally.close = lambda tally: print("counted")
assemble(read(os.environ))
"""

OLDER = """
import os, threading
from voice.assembly import assemble
from voice.settings import read
from voice.store.older import Older
looked = threading.Event()
def look(older):
    if not looked.is_set():
        older._told()
        looked.set()
Older.look = look
client = assemble(read(os.environ)).test_client()
print(looked.wait(20), b"kypholine_store_went_back_total 1.0" in client.get("/metrics").data)
"""


def test_staffs_doors_open_when_somebody_knocks(tmp_path: Path) -> None:
    said = run(WORKER, tmp_path)
    assert said == ["200 403 False", "200 503 True", "303 200", "200 200"]


def test_a_worker_that_ends_writes_and_tells_what_waits(tmp_path: Path) -> None:
    assert sorted(run(ENDING, tmp_path)) == ["counted", "told"]


def test_a_worker_takes_sqlites_log_into_the_file(tmp_path: Path) -> None:
    assert run(KEEPER, tmp_path) == ["[('key',)]"]


def test_a_worker_looks_whether_its_store_went_back_and_counts_it(tmp_path: Path) -> None:
    assert run(OLDER, tmp_path) == ["True True"]


def run(program: str, instance: Path) -> list[str]:
    """The lines that a program says, in a process of its own."""
    environ = {"INSTANCE": str(instance), "PUBLIC_URL": "http://127.0.0.1:8000", "PATH": "/bin"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True, text=True, check=True, cwd=ROOT, env=environ,
    )  # fmt: skip
    return done.stdout.splitlines()
