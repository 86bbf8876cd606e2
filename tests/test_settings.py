"""Settings: every default, everything wrong reported at once, keys made once and kept private."""

import json
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from voice.secrets import SecretsError, keep, kept
from voice.server import bound_to
from voice.settings import (
    MailServer,
    Notices,
    Outbound,
    Settings,
    SettingsError,
    is_loopback,
    read,
)

PG = "postgresql://host/line"
LONG = "k" * 32
OLDER, OLDEST = "older-and-whole-key", "oldest-and-whole-key"
ACCOUNT = "AC" + "0123456789abcdef" * 2


def counting(size: int) -> bytes:
    return bytes(range(size))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "scripts").mkdir()
    return tmp_path


def problems(root: Path, **environ: str) -> dict[str, str]:
    with pytest.raises(SettingsError) as caught:
        read(environ, root, counting)
    return {problem.name: str(problem) for problem in caught.value.problems}


def test_an_empty_environment_gives_a_line_on_this_machine(root):
    settings = read({}, root, counting)
    assert settings.public_url == "http://127.0.0.1:8000"
    assert settings.local
    assert settings.twilio_tokens == ()
    assert settings.database_url == f"sqlite:///{root}/instance/line.db"
    assert (settings.port, settings.workers, settings.log_format) == (8000, 1, "plain")
    assert settings.bind == ""
    assert (settings.carrier_keywords, settings.speech_engine) == ("carrier", "espeak")
    assert (settings.scripts, settings.audio) == (root / "scripts", root / "audio")


def test_everything_can_be_said(root):
    (root / "s").mkdir()
    settings = read(
        {
            "PUBLIC_URL": "https://line.example.org:8443/",
            "TWILIO_ACCOUNT_SID": ACCOUNT,
            "TWILIO_AUTH_TOKEN": " new ",
            "TWILIO_AUTH_TOKEN_PREVIOUS": "old",
            "DATABASE_URL": "postgres://host/line",
            "SECRET_KEY": "s" * 16,
            "CONTACT_KEY": "c" * 16,
            "CONTACT_KEY_PREVIOUS": f"{OLDER}, {OLDEST}",
            "CARRIER_KEYWORDS": "LINE",
            "SPEECH_ENGINE": "gtts",
            "GTTS_TLD": "com",
            "BIND": "0.0.0.0",  # noqa: S104 - a public line may be reached
            "PORT": "9000",
            "WORKERS": "4",
            "LOG_FORMAT": "json",
            "METRICS_TOKEN": "m",
            "INSTANCE": str(root / "i"),
            "SCRIPTS": str(root / "s"),
            "AUDIO": str(root / "a"),
        },
        root,
        counting,
    )
    assert settings.public_url == "https://line.example.org:8443"
    assert not settings.local
    assert settings.twilio_tokens == ("new", "old")
    assert settings.database_url == "postgresql://host/line"
    assert settings.secret_key == b"s" * 16
    assert settings.contact_keys == (b"c" * 16, OLDER.encode(), OLDEST.encode())
    assert dict(settings.speech) == {"SPEECH_ENGINE": "gtts", "GTTS_TLD": "com"}
    assert (settings.carrier_keywords, settings.log_format) == ("line", "json")
    assert (settings.port, settings.workers, settings.metrics_token) == (9000, 4, "m")
    assert settings.bind == "0.0.0.0"  # noqa: S104
    assert settings.instance == root / "i"
    assert not (root / "i").exists()


def test_a_port_of_ones_own_is_part_of_the_default_address(root):
    assert read({"PORT": "9001"}, root, counting).public_url == "http://127.0.0.1:9001"


@pytest.mark.parametrize(
    ("bind", "url"),
    [
        ("127.0.0.1", "https://line.example.org"),
        ("10.0.0.2", "https://line.example.org"),
        ("::", "https://line.example.org"),
        ("127.0.0.2", "http://127.0.0.1:8000"),
        ("::1", "http://localhost:8000"),
    ],
)
def test_a_line_listens_where_it_is_told_to(root, bind, url):
    settings = read({"BIND": bind, "PUBLIC_URL": url}, root, counting)
    assert bound_to(settings) == bind


def test_an_empty_setting_counts_as_not_given(root):
    environ = dict.fromkeys(["PUBLIC_URL", "PORT", "CARRIER_KEYWORDS", "DATABASE_URL", "SCRIPTS"])
    given = dict.fromkeys(environ, " ")
    assert read(given, root, counting) == read({}, root, counting)


@pytest.mark.parametrize(
    "url",
    [
        "https://line.example.org",
        "https://line.example.org/",
        "https://line.example.org:8443",
        "http://localhost:8000",
        "http://127.0.0.2",
        "http://[::1]:8000",
        "https://[2001:db8::1]",
        "https://192.0.2.1",
        "https://xn--clnica-2va.example.org",
        "https://line.example.org.",
    ],
)
def test_a_public_address_is_https_or_this_machine(root, url):
    assert read({"PUBLIC_URL": url}, root, counting).public_url == url.rstrip("/")


@pytest.mark.parametrize(
    ("url", "part"),
    [
        ("http://line.example.org", "https"),
        ("http://10.0.0.1:8000", "https"),
        ("http://127.0.0.1.evil.example", "https"),
        ("line.example.org", "not a web address"),
        ("ftp://line.example.org", "not a web address"),
        ("https://", "not a web address"),
        ("https://my_host.example.org", "not a web address"),
        ("https://a b.example.org", "not a web address"),
        ("https://h:99999", "not an address"),
        ("https://h:0", "not a web address"),
        ("https://[::1", "not an address"),
        ("https://clínica.example.org", "not a web address"),
        ("https://h/voice", "path"),
        ("https://h/?a=1", "path"),
        ("https://h?", "path"),
        ("https://h#rc=2", "path"),
        ("https://-", "not a web address"),
        ("https://line..org", "not a web address"),
        ("https://.line.org", "not a web address"),
        ("https://line-.example.org", "not a web address"),
        ("https://user:pw@h", "password"),
    ],
)
def test_any_other_public_address_is_refused_with_a_remedy(root, url, part):
    said = problems(root, PUBLIC_URL=url)["PUBLIC_URL"]
    assert part in said
    assert "pw@" not in said


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BIND", "localhost"),
        ("BIND", "127.0.0.1:8000"),
        ("BIND", "0.0.0.0"),  # noqa: S104 - while PUBLIC_URL is this machine
        ("BIND", "::"),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "http"),
        ("PORT", "-1"),
        ("PORT", "٣"),
        ("PORT", "9" * 5000),
        ("WORKERS", "0"),
        ("WORKERS", "1.5"),
        ("CARRIER_KEYWORDS", "both"),
        ("LOG_FORMAT", "xml"),
        ("DATABASE_URL", "line.db"),
        ("DATABASE_URL", "mysql://host/line"),
        ("DATABASE_URL", "sqlite://"),
        ("DATABASE_URL", "sqlite:///"),
        ("DATABASE_URL", "sqlite://line.db"),
        ("DATABASE_URL", "sqlite:///:memory:"),
        ("DATABASE_URL", "sqlite:///file:line?mode=memory&uri=true"),
        ("DATABASE_URL", "sqlite+aiosqlite:////srv/line.db"),
        ("TWILIO_ACCOUNT_SID", "SK123"),
        ("TWILIO_ACCOUNT_SID", "AC1"),
        ("TWILIO_ACCOUNT_SID", "AC" + "g" * 32),
        ("TWILIO_ACCOUNT_SID", ACCOUNT + "0"),
        ("SECRET_KEY_PREVIOUS", "abc"),
        ("SECRET_KEY_PREVIOUS", f"{OLDER} {OLDEST}"),
        ("CONTACT_KEY_PREVIOUS", f"{OLDER}, abc"),
        ("SPEECH_ENGINE", "nope"),
        ("ESPEAK_VOICES", "en-us@140"),
        ("ESPEAK_VOICES", "en-US=en-us@fast"),
        ("GTTS_VOICES", "en"),
        ("GTTS_DEADLINE", "soon"),
        ("PIPER_VOICES", "/srv/en.onnx"),
        ("PIPER_LENGTH_SCALE", "9"),
        ("TWILIO_AUTH_TOKEN", "two words"),
        ("TWILIO_AUTH_TOKEN_PREVIOUS", "old"),
        ("SECRET_KEY", "short"),
        ("CONTACT_KEY", "short"),
        ("METRICS_TOKEN", "tökén"),
        ("SCRIPTS", __file__),
        ("AUDIO", __file__),
        ("TWILIO_MESSAGING_SERVICE", "SK123"),
        ("TWILIO_MESSAGING_SERVICE", "MG 123"),
        ("TWILIO_WHATSAPP_NUMBER", "212 555 0150"),
        ("TWILIO_WHATSAPP_NUMBER", "clinic"),
        ("COUNTRIES", "USA"),
        ("COUNTRIES", "US, XX"),
        ("COUNTRIES", ","),
        ("CALLS_PER_NUMBER", "-1"),
        ("CALLS_PER_NUMBER", "many"),
        ("CALLS_PER_DAY", "1e3"),
        ("FALLBACK_URL", "http://files.example.org/fallback.xml"),
        ("FALLBACK_URL", "files.example.org/fallback.xml"),
        ("CALL_BACK_WEBHOOK", "http://desk.example.org"),
        ("CALL_BACK_WEBHOOK", "desk"),
        ("CALL_BACK_EMAIL", "desk@example.org"),
        ("SMTP_URL", "mail.example.org"),
        ("SMTP_URL", "https://mail.example.org"),
        ("SMTP_URL", "smtp://"),
        ("SMTP_URL", "smtp://mail.example.org:99999"),
        ("SMTP_URL", "smtp://mail.example.org:0"),
        ("SMTP_URL", "smtp://mail.example.org/inbox"),
        ("SMTP_URL", "smtp://mail.example.org?tls=no"),
        ("SMTP_URL", "smtp://desk@mail.example.org"),
        ("SMTP_URL", "smtp://:sesame@mail.example.org"),
        ("SMTP_FROM", "the desk"),
        ("SMTP_FROM", "desk@example.org\r\nBcc: all@example.org"),
        ("SMTP_FROM", "a@example.org, b@example.org"),
    ],
)
def test_a_value_that_cannot_be_used_is_named_with_what_to_do(root, name, value):
    said = problems(root, **{name: value})
    assert list(said) == [name]
    assert ": " in said[name]


def test_a_store_without_a_driver_here_is_named(root):
    said = problems(
        root, DATABASE_URL="postgresql+asyncpg://h/n", SECRET_KEY=LONG, CONTACT_KEY=LONG
    )
    assert list(said) == ["DATABASE_URL"]


@pytest.mark.parametrize("port", ["abc", "0", "99999", ":1"])
def test_a_store_at_no_port_is_named_and_its_password_is_not(root, port):
    environ = {"DATABASE_URL": f"postgresql://line:sesame@h:{port}/n"}
    said = problems(root, **environ, SECRET_KEY=LONG, CONTACT_KEY=LONG)
    assert list(said) == ["DATABASE_URL"]
    assert "sesame" not in said["DATABASE_URL"]


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///line.db",
        "sqlite+pysqlite:////srv/line.db",
        "postgresql://u:p%40ss@[::1]:5432/line?sslmode=require",
        "postgresql+psycopg:///line?host=/run/postgresql",
    ],
)
def test_a_store_is_a_file_or_postgresql(root, url):
    keys = {"SECRET_KEY": LONG, "CONTACT_KEY": LONG}
    assert read({"DATABASE_URL": url, **keys}, root, counting).database_url == url


@pytest.mark.parametrize(
    ("environ", "wrong"),
    [
        ({"TWILIO_API_KEY": "SK1", "TWILIO_ACCOUNT_SID": ACCOUNT}, "TWILIO_API_KEY"),
        ({"TWILIO_API_SECRET": "sesame"}, "TWILIO_API_SECRET"),
        ({"TWILIO_API_KEY": "SK1", "TWILIO_API_SECRET": "sesame"}, "TWILIO_API_KEY"),
        (
            {"TWILIO_API_KEY": "1", "TWILIO_API_SECRET": "s", "TWILIO_ACCOUNT_SID": ACCOUNT},
            "TWILIO_API_KEY",
        ),
        ({"CALL_BACK_EMAIL": "desk", "SMTP_URL": "smtp://h"}, "CALL_BACK_EMAIL"),
    ],
)
def test_settings_that_need_each_other_are_named(root, environ, wrong):
    assert list(problems(root, **environ)) == [wrong]


def test_nothing_given_starts_nothing_and_tells_nobody(root):
    settings = read({}, root, counting)
    assert settings.outbound == Outbound()
    assert settings.outbound.countries == {"US"}
    assert (settings.outbound.calls_per_number, settings.outbound.calls_per_day) == (3, 50)
    assert settings.notices == Notices()
    assert not settings.notices.anybody


def test_what_the_line_starts_itself_can_be_said(root):
    given = {
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_API_KEY": "SK1",
        "TWILIO_API_SECRET": "sesame",
        "TWILIO_MESSAGING_SERVICE": "MG1",
        "TWILIO_WHATSAPP_NUMBER": "whatsapp:+1 (212) 555-0151",
        "COUNTRIES": "us, ca MX",
        "CALLS_PER_NUMBER": "0",
        "CALLS_PER_DAY": "7",
        "FALLBACK_URL": "https://files.example.org/fallback.xml",
    }
    assert read(given, root, counting).outbound == Outbound(
        "SK1",
        "sesame",
        "MG1",
        "+12125550151",
        frozenset({"US", "CA", "MX"}),
        0,
        7,
        "https://files.example.org/fallback.xml",
    )


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example.org", MailServer("mail.example.org", 587, tls=False)),
        ("smtps://mail.example.org/", MailServer("mail.example.org", 465, tls=True)),
        ("smtp://[::1]:2525", MailServer("::1", 2525, tls=False)),
        (
            "smtps://desk%40example.org:open%2Fsesame@mail.example.org:4650",
            MailServer("mail.example.org", 4650, True, "desk@example.org", "open/sesame"),
        ),
    ],
)
def test_a_mail_server_is_an_address(root, url, server):
    given = {"SMTP_URL": url, "CALL_BACK_EMAIL": "desk@example.org, ann@example.org"}
    notices = read(given, root, counting).notices
    assert notices.server == server
    assert notices.recipients == ("desk@example.org", "ann@example.org")
    assert notices.sender == "desk@example.org"
    given["SMTP_FROM"] = "line@example.org"
    assert read(given, root, counting).notices.sender == "line@example.org"


def test_a_webhook_for_call_backs_may_be_on_this_machine(root):
    for url in ("https://desk.example.org/hook?token=t", "http://127.0.0.1:9000/hook"):
        assert read({"CALL_BACK_WEBHOOK": url}, root, counting).notices.webhook == url


def test_keys_that_were_in_use_before_still_open_what_they_sealed(root):
    made = read({}, root)
    given = {"SECRET_KEY": LONG, "SECRET_KEY_PREVIOUS": f"{OLDER}, {OLDEST}"}
    settings = read(given, root)
    assert settings.secret_key == LONG.encode()
    assert settings.secret_keys == (LONG.encode(), OLDER.encode(), OLDEST.encode(), made.secret_key)


def test_everything_wrong_is_reported_at_once_and_no_secret_is_repeated(root):
    said = problems(
        root,
        PORT="x",
        PUBLIC_URL="http://h.example",
        DATABASE_URL=PG,
        SECRET_KEY="sesame",
        TWILIO_AUTH_TOKEN="open sesame",
        TWILIO_API_KEY="sesame",
        TWILIO_API_SECRET="open sesame",
        CALL_BACK_WEBHOOK="https://user:sesame@h.example/sesame",
        SMTP_URL="smtp://user:sesame@",
        SPEECH_ENGINE="nope",
        GTTS_DEADLINE="0",
        SECRET_KEY_PREVIOUS="sesame",
    )
    tokens = {"TWILIO_AUTH_TOKEN", "TWILIO_API_KEY", "TWILIO_API_SECRET"}
    assert set(said) == tokens | {
        "PORT", "PUBLIC_URL", "SECRET_KEY", "CONTACT_KEY", "CALL_BACK_WEBHOOK", "SMTP_URL",
        "SPEECH_ENGINE", "GTTS_DEADLINE", "SECRET_KEY_PREVIOUS",
    }  # fmt: skip
    assert "sesame" not in " ".join(said.values())


def test_machines_that_share_a_database_must_be_given_their_keys(root):
    said = problems(root, DATABASE_URL=PG)
    assert set(said) == {"SECRET_KEY", "CONTACT_KEY"}
    given = {"DATABASE_URL": PG, "SECRET_KEY": LONG, "CONTACT_KEY": LONG}
    assert read(given, root, counting).secret_key == LONG.encode()
    assert not (root / "instance").exists()


def test_keys_nobody_gave_are_made_once_and_only_their_owner_may_read_them(root):
    first = read({}, root)
    assert read({}, root) == first
    assert len(first.secret_key) == 64
    assert first.contact_keys[0] != first.secret_key
    path = root / "instance" / "keys.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_new_contact_key_still_finds_the_contacts_of_the_one_made_here(root):
    made = read({}, root)
    rotated = read({"CONTACT_KEY": LONG}, root)
    assert rotated.contact_keys == (LONG.encode(), made.contact_keys[0])


def test_the_instance_token_follows_the_secret_key_and_is_not_it(root):
    one = read({"SECRET_KEY": LONG}, root)
    assert one.instance_token == read({"SECRET_KEY": LONG}, root).instance_token
    assert one.instance_token != read({"SECRET_KEY": "x" * 32}, root).instance_token
    assert LONG not in one.instance_token


def test_no_secret_shows_when_settings_are_printed(root):
    given = {"SECRET_KEY": LONG, "TWILIO_AUTH_TOKEN": "sesame", "METRICS_TOKEN": "sesame"}
    given |= {"DATABASE_URL": "sqlite:////tmp/sesame", "TWILIO_ACCOUNT_SID": ACCOUNT}
    given |= {"TWILIO_API_KEY": "SKsesame", "TWILIO_API_SECRET": "sesame"}
    given |= {"CALL_BACK_WEBHOOK": "https://h.example/sesame"}
    given |= {"SMTP_URL": "smtp://sesame:sesame@h.example", "CALL_BACK_EMAIL": "desk@example.org"}
    given |= {"SECRET_KEY_PREVIOUS": "sesame-of-last-year"}
    settings: Settings = read(given, root)
    shown = repr(settings)
    for secret in (LONG, "sesame", settings.instance_token, settings.contact_keys[0].decode()):
        assert secret not in shown


START = """
import os, sys
from pathlib import Path
from voice.secrets import keep
sys.stdin.readline()
print(keep(Path(sys.argv[1]), os.urandom, Path("none")).secret_key)
"""


def test_processes_that_start_at_once_agree_on_the_keys(tmp_path):
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", START, str(tmp_path / "i")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(6)
    ]
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    said = {process.communicate(timeout=20)[0] for process in processes}
    assert len(said) == 1
    assert said == {json.loads((tmp_path / "i" / "keys.json").read_text())["secret_key"] + "\n"}


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"secret_key": "a"}', "\x00"])
def test_spoiled_keys_are_never_replaced_in_silence(root, text):
    (root / "instance").mkdir()
    path = root / "instance" / "keys.json"
    path.write_text(text)
    assert "backup" in problems(root)["INSTANCE"]
    with pytest.raises(SecretsError):
        keep(root / "instance", counting, root / "none")
    assert path.read_text() == text


@pytest.mark.parametrize(
    ("holds", "refused"),
    [
        ("", False),
        ("CREATE TABLE live (number)", False),
        ("CREATE TABLE contact (key)", False),
        ("CREATE TABLE contact (key); INSERT INTO contact VALUES ('a')", True),
        ("no SQLite", False),
    ],
)
def test_keys_that_were_lost_are_never_replaced_in_silence(
    root: Path, holds: str, refused: bool
) -> None:
    instance = root / "instance"
    instance.mkdir()
    if holds == "no SQLite":
        (instance / "line.db").write_bytes(b"no database" * 100)
    else:
        with closing(sqlite3.connect(instance / "line.db")) as store:
            store.executescript(holds)
    if refused:
        told = problems(root, SECRET_KEY=LONG)["INSTANCE"]
        assert f"has lost its keys ({instance}/keys.json: is gone" in told
        assert "every backup has it" in told
        assert read({"SECRET_KEY": LONG, "CONTACT_KEY": LONG}, root).secret_key == LONG.encode()
    else:
        assert read({}, root, counting).secret_key
    assert (instance / "keys.json").exists() != refused


def test_a_half_written_draft_of_an_earlier_start_is_no_obstacle(tmp_path):
    (tmp_path / "keys.new").write_text("{")
    made = keep(tmp_path, counting, tmp_path / "none")
    assert kept(tmp_path) == made
    assert not (tmp_path / "keys.new").exists()


def test_keys_that_are_there_are_read_where_nothing_can_be_written(tmp_path):
    made = keep(tmp_path, counting, tmp_path / "none")
    (tmp_path / "keys.lock").unlink()
    (tmp_path / "keys.lock").mkdir()  # it cannot be opened to write, as on a read-only disk
    assert keep(tmp_path, counting, tmp_path / "none") == made


def test_an_instance_that_cannot_be_written_is_reported(root):
    (root / "file").write_text("")
    assert "INSTANCE" in problems(root, INSTANCE=str(root / "file" / "i"))


@pytest.mark.parametrize(
    ("url", "answer"),
    [
        ("http://127.0.0.1:8000", True),
        ("http://localhost", True),
        ("http://LOCALHOST.:80", True),
        ("http://[::1]:1", True),
        ("http://127.1.2.3/x", True),
        ("https://line.example.org", False),
        ("http://localhost.evil.example", False),
        ("http://127.0.0.1@evil.example", False),
        ("http://0.0.0.0", False),
        ("", False),
        ("http://[::1", False),
    ],
)
def test_only_this_machine_is_loopback(url, answer):
    assert is_loopback(url) is answer
