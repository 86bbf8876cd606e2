"""The commands of an installed line: as its service, on the same store, with nothing to be read."""

import json
import os
import pwd
import re
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.publisher import TINY
from voice.script import read_files
from voice.store import live_number, open_store, publish
from voice.store.migrating import migrate

COMMAND = ROOT / "deploy" / "kypholine.py"
SHOW = """#!{python}
import json, os, sys
print(json.dumps([sys.argv[1:], dict(os.environ), os.getcwd()]))
"""


def installed(folder: Path, settings: str, python: str = sys.executable) -> Path:
    """The shipped unit as it would be installed in a folder, for who runs the tests."""
    (folder / "kypholine.env").write_text(settings, "utf-8")
    me = pwd.getpwuid(os.getuid()).pw_name
    changes = {
        "User=kypholine": f"User={me}",
        "/opt/kypholine/.venv/bin/python": python,
        "WorkingDirectory=/opt/kypholine": f"WorkingDirectory={ROOT}",
        "/var/lib/kypholine": str(folder),
        "/etc/kypholine.env": str(folder / "kypholine.env"),
    }
    text = (ROOT / "deploy" / "kypholine.service").read_text("utf-8")
    for shipped, here in changes.items():
        assert shipped in text
        text = text.replace(shipped, here)
    unit = folder / "kypholine.service"
    unit.write_text(text, "utf-8")
    return unit


def run(unit: Path, *words: str) -> subprocess.CompletedProcess[str]:
    given = {"KYPHOLINE_UNIT": str(unit), "DATABASE_URL": "sqlite:////nowhere/of/the/caller.db"}
    command = [sys.executable, str(COMMAND), *words]
    return subprocess.run(command, env=given, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("COUNTRIES=US CA", "US CA"),
        ("COUNTRIES= US CA  ", "US CA"),
        ("COUNTRIES='US CA'", "US CA"),
        ('COUNTRIES="US CA"  ', "US CA"),
        ("COUNTRIES=", ""),
        ("COUNTRIES=p#q;r", "p#q;r"),
        ("COUNTRIES=$HOME `id`", "$HOME `id`"),
        ("COUNTRIES=it's", "it's"),
        (r'COUNTRIES="a \"b\" \\ \x"', r'a "b" \ \x'),
        (r"COUNTRIES='a \b'", r"a \b"),
        (r"COUNTRIES=a\ b\\c", r"a b\c"),
        ("COUNTRIES=US \\\nCA", "US CA"),
        ("COUNTRIES=US\nCOUNTRIES=CA", "CA"),
        ("# COUNTRIES=US\n;COUNTRIES=US\n\nCOUNTRIES = CA", "CA"),
        ("COUNTRIES=smtps://a:b%40=c@d", "smtps://a:b%40=c@d"),
    ],
)
def test_a_value_reaches_the_command_whole_and_is_no_word_of_it(tmp_path, line, value):
    show = tmp_path / "show"
    show.write_text(SHOW.format(python=sys.executable))
    show.chmod(0o755)
    ran = run(installed(tmp_path, line + "\n", str(show)), "inbox", "--all of it")
    words, environ, folder = json.loads(ran.stdout)
    assert words == ["-m", "voice", "inbox", "--all of it"]
    assert environ["COUNTRIES"] == value
    assert environ["INSTANCE"] == f"{tmp_path}/instance"
    assert "DATABASE_URL" not in environ
    assert folder == str(ROOT)


def test_a_file_counts_before_the_unit(tmp_path):
    show = tmp_path / "show"
    show.write_text(SHOW.format(python=sys.executable))
    show.chmod(0o755)
    unit = installed(tmp_path, "INSTANCE=/elsewhere\n", str(show))
    assert json.loads(run(unit, "doctor").stdout)[1]["INSTANCE"] == "/elsewhere"


def test_a_command_and_a_restore_meet_the_store_of_the_service(tmp_path):
    address = f"sqlite:///{tmp_path}/instance/line.db"
    unit = installed(tmp_path, f"COUNTRIES=US CA\nBACKUPS='{tmp_path}/kept here'\nPORT=9\n")
    with closing(open_store(address)) as store:
        migrate(store)
        publish(store, read_files(TINY), "", datetime(2026, 11, 20, tzinfo=UTC))
        ran = run(unit, "export", str(tmp_path / "out"))
        assert ran.returncode == 0, ran.stderr
        assert (tmp_path / "out" / "line.toml").exists()
        backup = run(unit, "backup.sh").stdout.splitlines()[-1]
        assert backup.startswith(f"{tmp_path}/kept here/")
        publish(store, read_files(TINY), "", datetime(2026, 11, 20, tzinfo=UTC))
    back = run(unit, "restore.sh", backup)
    assert back.returncode == 0, back.stderr
    with closing(open_store(address)) as store:
        assert live_number(store) == 1


def test_what_can_not_be_read_is_said_in_one_line(tmp_path):
    said = run(tmp_path / "kypholine.service", "doctor")
    assert said.returncode == 1
    assert re.fullmatch(r"kypholine: .*No such file.*\n", said.stderr)


def test_the_handbook_gives_every_command_the_settings_of_the_service():
    text = (ROOT / "docs" / "operations.md").read_text("utf-8")
    bare = [line for line in text.splitlines() if ".venv/bin/python -m voice" in line]
    assert bare == []
    assert "xargs" not in text
    assert "sudo kypholine doctor" in text
