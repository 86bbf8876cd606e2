"""What stands in deploy/: settings, backup and restore, units, images, all by name."""

import ast
import configparser
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import yaml

from tests.conftest import ROOT
from tests.replay import settings_in
from voice.assembly import build
from voice.live import Live
from voice.measures import measures
from voice.settings import read
from voice.store import Store, Tally, live_number, open_store, publish, retention
from voice.store.connection import writing
from voice.store.migrating import migrate
from voice.store.releases import add_release

DEPLOY = ROOT / "deploy"
TINY = {"line.toml": "a = 1"}
BUSY_START = 600
"""Seconds a machine without clips may take, its cores busy with other work: it took 232."""
EARLIER = "0002"
"""A step of the tables that knows releases and not much more."""


# Settings ----------------------------------------------------------------------------------------


def settings_read() -> set[str]:
    """Every variable that the code asks the environment for, by its name in the code."""
    name = re.compile(r"[A-Z][A-Z_]{2,}[A-Z]")
    engines = re.compile(r"(SPEECH|ESPEAK|GTTS|PIPER)_[A-Z_]*[A-Z]")
    own = {text for text in constants("settings") if name.fullmatch(text)}
    return own | {text for text in constants("speech") if engines.fullmatch(text)}


def constants(package: str) -> set[str]:
    trees = [ast.parse(p.read_text("utf-8")) for p in (ROOT / "voice" / package).glob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    return {node.value for node in nodes if isinstance(node.value, str)}


def example() -> dict[str, str]:
    rows = re.findall(r"^#?([A-Z_]+)=(.*)$", (DEPLOY / "env.example").read_text("utf-8"), re.M)
    return dict(rows)


def test_the_example_names_every_setting_there_is_and_no_other():
    older = {"SECRET_KEY_PREVIOUS", "CONTACT_KEY_PREVIOUS"}
    assert set(example()) == settings_read() | older


def test_the_readme_says_what_each_setting_means():
    rows = (ROOT / "README.md").read_text("utf-8").partition("| setting | meaning |")[2]
    named = {name for row in rows.split("\n\n")[0].splitlines() for name in told_of(row)}
    assert named == set(example())


def told_of(row: str) -> list[str]:
    return re.findall(r"`([A-Z_]+)`", "|".join(row.split("|")[:2]))


def test_the_example_can_be_used_as_it_is(tmp_path):
    given = {name: value for name, value in example().items() if value}
    given |= {"INSTANCE": str(tmp_path / "instance"), "SCRIPTS": str(ROOT / "scripts")}
    settings = read(given | {"AUDIO": str(tmp_path)})
    assert settings.public_url == "https://line.example.org"
    assert not settings.twilio_tokens


# Backup and restore ------------------------------------------------------------------------------


def environment(folder: Path) -> dict[str, str]:
    return os.environ | {
        "INSTANCE": str(folder / "instance"),
        "BACKUPS": str(folder / "backups"),
        "PYTHON": sys.executable,
        "PORT": "9",  # nothing ever listens there
        "KEEP": "2",
    }


def run(script: str, given: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    command = [str(DEPLOY / script), *words]
    return subprocess.run(command, env=given, capture_output=True, text=True, timeout=60)


def line_with_a_release(folder: Path, releases: int) -> None:
    store = open_store(read({"INSTANCE": str(folder / "instance")}).database_url)
    migrate(store)
    for n in range(releases):
        publish(store, TINY | {"n.toml": str(n)}, "", datetime(2026, 11, 20, tzinfo=UTC))
    store.close()


def number(folder: Path) -> int | None:
    store = open_store(f"sqlite:///{folder}/instance/line.db")
    try:
        return live_number(store)
    finally:
        store.close()


def test_a_backup_made_while_the_store_is_open_brings_everything_back(tmp_path):
    line_with_a_release(tmp_path, 1)
    given = environment(tmp_path)
    keys = (tmp_path / "instance" / "keys.json").read_bytes()
    recording = tmp_path / "instance" / "recordings" / "en-US" / "a.wav"
    recording.parent.mkdir(parents=True)
    recording.write_bytes(b"RIFF")
    store = open_store(f"sqlite:///{tmp_path}/instance/line.db")
    publish(store, TINY, "", datetime(2026, 11, 20, tzinfo=UTC))  # stands in the -wal file
    made = run("backup.sh", given)
    store.close()
    assert made.returncode == 0, made.stderr
    backup = Path(made.stdout.splitlines()[-1])
    assert backup.stat().st_mode & 0o777 == 0o600
    line_with_a_release(tmp_path, 1)
    (tmp_path / "instance" / "keys.json").write_text("{}")
    recording.unlink()
    assert number(tmp_path) == 3
    back = run("restore.sh", given, str(backup))
    assert back.returncode == 0, back.stderr
    assert number(tmp_path) == 2
    assert (tmp_path / "instance" / "keys.json").read_bytes() == keys
    assert recording.read_bytes() == b"RIFF"
    kept = [path.name for path in (tmp_path / "instance").glob("*.before-restore-*")]
    assert any(name.startswith("line.db.") for name in kept)


def test_only_so_many_backups_are_kept_and_nothing_unfinished_stays(tmp_path):
    line_with_a_release(tmp_path, 1)
    backups = tmp_path / "backups"
    backups.mkdir()
    for day in ("20250101T000000Z", "20250102T000000Z", "20250103T000000Z"):
        (backups / f"kypholine-{day}.tar.gz").write_bytes(b"")
    assert run("backup.sh", environment(tmp_path)).returncode == 0
    left = sorted(path.name for path in backups.iterdir())
    assert left[0] == "kypholine-20250103T000000Z.tar.gz"
    assert len(left) == 2


def test_a_backup_without_a_store_fails_and_leaves_nothing(tmp_path):
    made = run("backup.sh", environment(tmp_path))
    assert made.returncode != 0
    assert "there is no store" in made.stderr
    assert list((tmp_path / "backups").iterdir()) == []


def test_nothing_is_restored_from_a_damaged_backup_or_under_a_running_line(tmp_path):
    line_with_a_release(tmp_path, 1)
    given = environment(tmp_path)
    backup = run("backup.sh", given).stdout.splitlines()[-1]
    cut = tmp_path / "cut.tar.gz"
    cut.write_bytes(Path(backup).read_bytes()[:-200])
    assert run("restore.sh", given, str(cut)).returncode != 0
    with open_port() as port:
        refused = run("restore.sh", given | {"PORT": str(port)}, backup)
    assert refused.returncode == 1
    assert "stop it first" in refused.stderr
    with closing(open_store(f"sqlite:///{tmp_path}/instance/line.db")) as store:
        assert live_number(store) == 1
        in_use = run("restore.sh", given, backup)  # by a line at a port that nobody named
    assert in_use.returncode == 1
    assert "line.db is in use: stop the line" in in_use.stderr
    assert number(tmp_path) == 1
    assert not list((tmp_path / "instance").glob("*before*"))
    assert run("restore.sh", given, backup).returncode == 0


def breaking(folder: Path, program: str, script: str) -> str:
    """A PATH on which a program of the system does something else."""
    stub = folder / "broken" / program
    stub.parent.mkdir(exist_ok=True)
    stub.write_text(f"#!/bin/sh\n{script}\n")
    stub.chmod(0o755)
    return f"{stub.parent}:{os.environ['PATH']}"


FULL = "echo No space left on device >&2; exit 1"


def test_a_restore_onto_a_full_disk_changes_nothing_and_leaves_nothing(tmp_path: Path) -> None:
    line_with_a_release(tmp_path, 1)
    given, instance = environment(tmp_path), tmp_path / "instance"
    backup = run("backup.sh", given).stdout.splitlines()[-1]
    line_with_a_release(tmp_path, 1)
    before = {path.name: path.read_bytes() for path in instance.iterdir()}
    for what in ("keys.json", "line.db"):
        full = f'case "$*" in *{what}*) echo half > "$3"; {FULL};; *) exec /bin/cp "$@";; esac'
        back = run("restore.sh", given | {"PATH": breaking(tmp_path, "cp", full)}, backup)
        assert back.returncode == 1
        assert f"{what} cannot be written: nothing was restored" in back.stderr
        assert {path.name: path.read_bytes() for path in instance.iterdir()} == before


@pytest.mark.parametrize("at", ["line.db-wal", "line.db.new", "keys.json.new"])
def test_a_restore_that_is_killed_never_leaves_the_line_without_its_store(
    tmp_path: Path, at: str
) -> None:
    line_with_a_release(tmp_path, 1)
    given, file = environment(tmp_path), tmp_path / "instance" / "line.db"
    backup = run("backup.sh", given).stdout.splitlines()[-1]
    file.with_name("line.db-wal").touch()
    killed = f'case "$1" in *{at}) kill -9 $PPID;; *) exec /bin/mv "$@";; esac'
    path = breaking(tmp_path, "mv", killed)
    assert run("restore.sh", given | {"PATH": path}, backup).returncode == -9
    assert number(tmp_path) == 1


def test_what_a_killed_restore_left_is_not_taken_for_what_is_in_the_backup(tmp_path: Path) -> None:
    line_with_a_release(tmp_path, 1)
    given, instance = environment(tmp_path), tmp_path / "instance"
    backup = run("backup.sh", given).stdout.splitlines()[-1]
    left = instance / "recordings.new" / "en-US" / "a.wav"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"of another backup")
    assert run("restore.sh", given, backup).returncode == 0
    assert not list(instance.glob("recordings*"))


def test_a_backup_onto_a_full_disk_leaves_nothing_and_clears_what_others_left(
    tmp_path: Path,
) -> None:
    line_with_a_release(tmp_path, 1)
    given, backups = environment(tmp_path), tmp_path / "backups"
    for name, age in (("old", 2), ("running", 0)):
        left = backups / f".unfinished.{name}"
        left.mkdir(parents=True)
        os.utime(left, (time.time() - age * 86400,) * 2)
    packs = breaking(tmp_path, "gzip", f"echo half; {FULL}")
    assert run("backup.sh", given | {"PATH": packs}).returncode != 0
    assert [path.name for path in backups.iterdir()] == [".unfinished.running"]


def test_a_store_that_can_not_be_copied_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "instance").mkdir()
    (tmp_path / "instance" / "line.db").write_bytes(b"no database" * 100)
    told = run("backup.sh", environment(tmp_path)).stderr
    assert told.count("\n") == 1
    assert "there is no backup" in told


@pytest.fixture
def on_postgresql(postgresql, tmp_path) -> dict[str, str]:
    """The environment of a line on a PostgreSQL database of its own, with its programs."""
    name = f"saved_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    postgresql.make(name)
    programs = f"{postgresql.handle.bin_path}:{os.environ['PATH']}"
    return environment(tmp_path) | {"DATABASE_URL": postgresql.url(name), "PATH": programs}


def published_then(store: Store) -> int:
    """Publish as versions did whose stores kept no record of deeds; the release's number."""
    with writing(store) as connection:
        return add_release(connection, TINY, "", datetime(2026, 11, 20, tzinfo=UTC))


def test_a_backup_of_postgresql_brings_back_an_older_schema_and_is_upgraded_again(on_postgresql):
    with closing(open_store(on_postgresql["DATABASE_URL"])) as store:
        migrate(store, EARLIER)
        first = published_then(store)
        backup = run("backup.sh", on_postgresql).stdout.splitlines()[-1]
        migrate(store)
        publish(store, TINY | {"n.toml": "2"}, "", datetime(2026, 11, 20, tzinfo=UTC))
        back = run("restore.sh", on_postgresql, backup)
        assert back.returncode == 0, back.stderr
        assert live_number(store) == first
        migrate(store)
        assert publish(store, TINY, "", datetime(2026, 11, 20, tzinfo=UTC)) == first + 1


def commands_with_compose() -> list[str]:
    """What the handbook says to type, as if PostgreSQL's programs were here and no containers."""
    text = (ROOT / "docs" / "operations.md").read_text("utf-8").partition("### With compose")[2]
    blocks = re.findall(r"```sh\n(.*?)```", text.partition("\n## ")[0], re.S)
    machines = re.compile(r"^docker compose -f deploy/compose.yaml (stop|start) app1 app2$", re.M)
    assert len(machines.findall(blocks[1])) == 2
    within = re.compile(r"docker compose -f deploy/compose.yaml exec -T db \\\n")
    return [within.sub("", machines.sub("", block)) for block in blocks]


def test_the_handbooks_backup_of_compose_comes_back_over_a_later_schema(postgresql, tmp_path):
    postgresql.run("postgres", "DROP DATABASE IF EXISTS line", "DROP ROLE IF EXISTS line")
    postgresql.run("postgres", "CREATE ROLE line LOGIN", "CREATE DATABASE line OWNER line")
    (tmp_path / "deploy").symlink_to(DEPLOY)
    given = os.environ | {"PGHOST": str(postgresql.handle.pgdata)}
    given["PATH"] = f"{postgresql.handle.bin_path}:{given['PATH']}"
    backup, restore = commands_with_compose()
    with closing(open_store(postgresql.url("line").replace("postgres@", "line@"))) as store:
        migrate(store, EARLIER)
        first = published_then(store)
        subprocess.run(["bash", "-ec", backup], env=given, cwd=tmp_path, check=True)
        migrate(store)
        publish(store, TINY, "", datetime(2026, 11, 20, tzinfo=UTC))
        subprocess.run(["bash", "-ec", restore], env=given, cwd=tmp_path, check=True)
        assert live_number(store) == first
        migrate(store)
    assert (tmp_path / "kypholine.dump").stat().st_mode & 0o077 == 0
    assert not (tmp_path / "line.sql").exists()


def test_a_damaged_backup_of_postgresql_takes_nothing_away(on_postgresql, tmp_path):
    with closing(open_store(on_postgresql["DATABASE_URL"])) as store:
        migrate(store)
        first = publish(store, TINY, "", datetime(2026, 11, 20, tzinfo=UTC))
        backup = run("backup.sh", on_postgresql).stdout.splitlines()[-1]
        publish(store, TINY, "", datetime(2026, 11, 20, tzinfo=UTC))
        cut, broken = tmp_path / "line.dump", tmp_path / "cut.tar.gz"
        subprocess.run(["tar", "-C", tmp_path, "-xzf", backup, "./line.dump"], check=True)
        cut.write_bytes(cut.read_bytes()[:-2000])
        subprocess.run(["tar", "-C", tmp_path, "-czf", broken, "line.dump"], check=True)
        assert run("restore.sh", on_postgresql, str(broken)).returncode != 0
        assert live_number(store) == first + 1


@contextmanager
def open_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_database_address_becomes_what_its_own_programs_read():
    url = "postgresql://li%6ee:p%40ss'%20x@db.example:5433/line?sslmode=require"
    command = [sys.executable, str(DEPLOY / "pg_env.py")]
    told = subprocess.run(command, env={"DATABASE_URL": url}, capture_output=True, text=True)
    shell = ["sh", "-c", f'{told.stdout}\necho "$PGHOST $PGPORT $PGUSER $PGPASSWORD $PGSSLMODE"']
    said = subprocess.run(shell, capture_output=True, text=True, check=True).stdout
    assert said == "db.example 5433 line p@ss' x require\n"


def test_what_a_database_address_says_of_certificates_reaches_the_backup():
    asked = "sslmode=verify-full&sslrootcert=%2Fetc%2Fssl%2Four%20ca.pem&sslcert=c&sslkey=k"
    given = {"DATABASE_URL": f"postgres://line@db.example/line?{asked}"}
    command = [sys.executable, str(DEPLOY / "pg_env.py")]
    told = subprocess.run(command, env=given, capture_output=True, text=True, check=True).stdout
    for name, value in {"MODE": "verify-full", "CERT": "c", "KEY": "k"}.items():
        assert f"export PGSSL{name}={value}\n" in told
    assert "export PGSSLROOTCERT='/etc/ssl/our ca.pem'\n" in told


# Units and images --------------------------------------------------------------------------------


def test_the_unit_gives_the_line_nothing_it_does_not_need():
    unit = configparser.RawConfigParser(strict=False, interpolation=None)
    unit.optionxform = str
    unit.read_string((DEPLOY / "kypholine.service").read_text("utf-8"))
    service = unit["Service"]
    assert service["User"] == "kypholine"
    assert service["ProtectSystem"] == "strict"
    assert service["CapabilityBoundingSet"] == ""
    assert service["Restart"] == "always"
    assert service["ExecStart"].endswith("-m voice serve")


def test_the_line_is_started_again_however_often_it_failed_and_for_one_worker_not_at_all():
    unit = (DEPLOY / "kypholine.service").read_text("utf-8").partition("[Service]")
    assert "\nStartLimitIntervalSec=0\n" in unit[0]  # elsewhere systemd does not heed it
    assert "\nOOMPolicy=continue\n" in unit[2]


def test_the_machines_of_the_compose_file_share_the_store_and_write_nowhere_else():
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))["services"]
    assert {"app1", "app2", "db", "caddy"} == set(services)
    for name in ("app1", "app2"):
        app = services[name]
        assert app["read_only"] is True
        assert app["cap_drop"] == ["ALL"]
        assert app["environment"]["DATABASE_URL"].startswith("postgresql://")
        assert "ports" not in app
    assert "ports" not in services["db"]


def test_the_backup_leaves_the_folder_as_the_line_has_it():
    line, backup = (
        (DEPLOY / name).read_text("utf-8")
        for name in ("kypholine.service", "kypholine-backup.service")
    )
    for name in ("StateDirectory", "StateDirectoryMode", "User", "Group"):
        said = re.compile(rf"^{name}=(.*)$", re.M)
        assert said.findall(line) == said.findall(backup) != []


def test_a_backup_may_do_no_more_than_the_line():
    """But for RemoveIPC: a backup that ends would take what the running line has."""
    line, backup = (
        {
            row
            for row in (DEPLOY / name).read_text("utf-8").splitlines()
            if re.match(r"(Protect|Private|Restrict|SystemCall|NoNew|Lock|Keyring|\w*Cap)", row)
        }
        for name in ("kypholine.service", "kypholine-backup.service")
    )
    assert backup == line != set()
    assert "RemoveIPC" not in (DEPLOY / "kypholine-backup.service").read_text("utf-8")


def test_the_image_is_asked_how_it_feels_where_it_listens():
    image = (DEPLOY / "Containerfile").read_text("utf-8")
    command = json.loads(re.search(r"^HEALTHCHECK .*\\\n +CMD (.+)$", image, re.M)[1])
    asked: list[str] = []

    class Line(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200 if len(asked) == 1 else 500)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Line) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        given = os.environ | {"PORT": str(server.server_port)}
        ends = [
            subprocess.run([sys.executable, *command[1:]], env=given, stderr=subprocess.DEVNULL)
            for _ in range(2)
        ]
        server.shutdown()
    assert asked == ["/healthz", "/healthz"]
    assert [end.returncode for end in ends] == [0, 1]


def test_the_image_runs_as_nobody_and_knows_how_it_feels():
    image = (DEPLOY / "Containerfile").read_text("utf-8")
    assert re.search(r"^USER 10001", image, re.M)
    assert "HEALTHCHECK" in image
    assert "--require-hashes" in image
    assert re.search(r'^CMD \["python", "-m", "voice", "serve"\]', image, re.M)


# What the documents say --------------------------------------------------------------------------


def test_every_threat_names_tests_that_exist():
    text = (ROOT / "docs" / "security.md").read_text("utf-8")
    rows = [row for row in text.splitlines() if row.startswith("|") and "::" in row]
    named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", text)
    assert len(rows) >= 25
    for row in (
        r for r in text.splitlines() if r.startswith("| ") and not r.startswith("| threat")
    ):
        assert "::test_" in row, row
    for path, name in named:
        assert re.search(rf"^def {name}\(", (ROOT / path).read_text("utf-8"), re.M), (path, name)


def test_the_interface_described_is_the_one_there_is(tmp_path):
    described = yaml.safe_load((ROOT / "docs" / "openapi.yaml").read_text("utf-8"))
    settings = settings_in(tmp_path)
    store = open_store(settings.database_url)
    live = Live(settings.public_url, settings.audio)
    app = build(settings, store, live, Tally(store), measures(), lambda: datetime.now(UTC))
    store.close()
    found = {}
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        if path.split("/")[1] not in ("try", "console"):
            found[path] = {method.lower() for method in rule.methods} - {"head", "options"}
    told = {
        path: {method for method in entry if method in ("get", "post")}
        for path, entry in described["paths"].items()
    }
    assert told == found


def test_how_long_things_are_kept_is_what_the_purge_does():
    text = (ROOT / "docs" / "compliance.md").read_text("utf-8")
    kept = dict(re.findall(r"^\| (.+?) \| (.+?) \|$", text, re.M))
    days = {
        "counts by day, about nobody in particular": retention.USAGE_DAYS,
        "what became of messages and calls (no number)": retention.DELIVERY_DAYS,
        "the answer to a text, so that a retry gets the same": retention.TURN_DAYS,
        "a contact who is not heard from again: hash, language, place": retention.CONTACT_DAYS,
        "words not understood, scrubbed, linked to nobody": retention.UNMATCHED_DAYS,
    }
    assert {what: kept[what] for what in days} == {w: f"{n} days" for w, n in days.items()}
    assert f"{retention.CALL_BACK_DAYS} days at most" in kept["a call-back"]
    assert kept["a consent"] == f"{retention.CONSENT_DAYS // 365} years"


def test_a_pod_is_asked_what_it_answers_and_may_write_only_where_it_must():
    text = (DEPLOY / "kubernetes" / "line.yaml").read_text("utf-8")
    parts = {part["kind"]: part for part in yaml.safe_load_all(text)}
    pod = parts["Deployment"]["spec"]["template"]["spec"]
    line = pod["containers"][0]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert line["securityContext"]["readOnlyRootFilesystem"] is True
    assert {mount["mountPath"] for mount in line["volumeMounts"]} == {"/data", "/tmp"}  # noqa: S108 - in the pod
    assert line["livenessProbe"]["httpGet"]["path"] == "/healthz"
    assert line["readinessProbe"]["httpGet"]["path"] == "/readyz"
    startup = line["startupProbe"]
    assert startup["periodSeconds"] * startup["failureThreshold"] == BUSY_START
    assert parts["HorizontalPodAutoscaler"]["spec"]["minReplicas"] >= 2
    assert parts["Deployment"]["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
