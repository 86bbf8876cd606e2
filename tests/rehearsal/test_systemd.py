"""The line on one machine with systemd and nginx, installed and looked after by the handbook.

The commands are read in docs/operations.md and typed as they stand, on a Debian that has nothing;
what breaks is broken while people call and write. Each test goes on where the one before ended.
"""

import json
import logging
import re
import shutil
import ssl
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from http.client import HTTPConnection, HTTPSConnection
from itertools import count
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.failure.clips import digests
from tests.failure.crowd import (
    STOP,
    STOPPED,
    TOLD,
    TOPIC,
    TOPIC_WORDS,
    Crowd,
    broken_promises,
    caller,
    small_release,
)
from tests.failure.machine import TOKEN, wait_until
from tests.rehearsal import nspawn
from tests.rehearsal.nspawn import ENGINEER, Machine
from voice.store import open_store

_log = logging.getLogger(__name__)

pytestmark = pytest.mark.rehearsal

HANDBOOK = (ROOT / "docs" / "operations.md").read_text("utf-8")
HOST = "line.example.org"
URL = f"https://{HOST}"
CERTIFICATE = f"/etc/letsencrypt/live/{HOST}"
STATE = "var/lib/kypholine"
TINY = "/opt/kypholine/tests/data/tiny-scripts"
AS_IN_TESTS = {"SCRIPTS": TINY, "CARRIER_KEYWORDS": "line", "TWILIO_AUTH_TOKEN": TOKEN}
HUNDREDS = count(0, 500)
"""Where people begin to number themselves: nobody is two people."""
COPY = "import sqlite3, sys; a, b = map(sqlite3.connect, sys.argv[1:]); a.backup(b)"
NEW_KEYS = {"CONTACT_KEY": "c" * 32, "SECRET_KEY": "s" * 32}
ALARMS_TYPED = re.compile(
    r"`((?:curl|df|ss|systemctl (?:status(?! prometheus)|list-timers)"
    r"|sudo (?:kypholine|journalctl|ls|ss|nginx|systemctl)) [^`…]+)`"
)
"""What of the alarms can be typed on any machine; the rest asks for programs that are not there."""


# The handbook ------------------------------------------------------------------------------------


def section(title: str) -> str:
    """What stands under a heading, and under those below it."""
    mark, _, rest = HANDBOOK.partition(f"# {title}\n")
    level = len(mark) - len(mark.rstrip("#")) + 1
    return re.split(rf"^#{{1,{level}}} ", rest, maxsplit=1, flags=re.M)[0]


def commands(title: str, block: int = 0) -> list[str]:
    """The commands of a block under a heading, a line each."""
    return re.findall(r"```sh\n(.*?)```", section(title), re.S)[block].strip().splitlines()


def packages() -> list[str]:
    """What the handbook has installed."""
    return " ".join(re.findall(r"^sudo apt-get install (.+)$", HANDBOOK, re.M)).split()


# The machine -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def line() -> Iterator[Machine]:
    """A bare Debian, for all tests of this file."""
    with nspawn.machine(packages(), [HOST]) as made:
        yield made


def type_all(line: Machine, typed: list[str], backup: str = "") -> None:
    """Type commands as they stand, one after another, but for the names that nobody can know."""
    named = "\n".join(["set -e", *typed]).replace("<this repository>", nspawn.SOURCE)
    line.type(named.replace("kypholine-….tar.gz", backup))


def ready(line: Machine, seconds: float = 60) -> None:
    wait_until(lambda: '"ready":true' in asked(line, "/readyz"), "it never was ready", seconds)


def asked(line: Machine, path: str) -> str:
    return line.as_root(f"curl --silent --max-time 2 localhost:8000{path}").stdout


def fill_in(line: Machine, **settings: str) -> None:
    """Write settings into the file that the handbook has filled in."""
    file = line.root / "etc/kypholine.env"
    text = file.read_text("utf-8")
    for name, value in settings.items():
        text = re.sub(rf"^#?{name}=.*$", f"{name}={value}", text, flags=re.M)
    file.write_text(text, "utf-8")


def processes(line: Machine) -> list[int]:
    """The first process of the service, as the machine knows it, and then its workers."""
    main = line.as_root("systemctl show --property=MainPID --value kypholine").stdout.strip()
    children = line.as_root(f"cat /proc/{main}/task/{main}/children").stdout.split()
    return [int(main), *map(int, children)]


# People who call ---------------------------------------------------------------------------------


def door(line: Machine) -> HTTPConnection:
    """A connection to nginx on the machine, as Twilio has it: TLS, the certificate looked at."""
    trusted = ssl.create_default_context(cafile=line.root / CERTIFICATE[1:] / "fullchain.pem")

    class Door(HTTPSConnection):
        def connect(self) -> None:
            plain = line.socket(("127.0.0.1", 443), 15)
            self.sock = trusted.wrap_socket(plain, server_hostname=HOST)

    return Door(HOST)


def crowd_at(line: Machine) -> Crowd:
    """People who call and write by way of nginx, others each time."""
    audio = line.root / STATE / "audio"
    served, sounds = small_release(URL, audio=audio), digests(audio)
    others = count(next(HUNDREDS))
    return Crowd(URL, [443], served, sounds=sounds, connect=lambda _: door(line), _numbers=others)


@dataclass(frozen=True)
class Cost:
    """What something cost those who called meanwhile."""

    again: int
    """How often somebody asked again, a tenth of a second after it came to nothing."""
    silence: float
    """The longest time, in seconds, in which nobody was answered."""


def cost(crowd: Crowd, deed: Callable[[], object], more: int = 60) -> Cost:
    """Do something while people call, and go on until so many more were answered."""
    lost, silence, heard, last = crowd.lost, 0.0, crowd.answered, time.monotonic()
    with ThreadPoolExecutor(1) as hands:
        doing = hands.submit(deed)
        wanted, end = None, time.monotonic() + 600
        while wanted is None or crowd.answered < wanted:
            assert time.monotonic() < end, f"{crowd.answered} of {wanted}"
            if doing.done() and wanted is None:
                doing.result()
                wanted = crowd.answered + more
            if crowd.answered != heard:
                heard, last = crowd.answered, time.monotonic()
            silence = max(silence, time.monotonic() - last)
            crowd.over.wait(0.01)
    return Cost(crowd.lost - lost, round(silence, 1))


def kept(line: Machine, crowd: Crowd, folder: Path) -> list[str]:
    """Promises that the machine's store does not keep."""
    copied = line.as_root(f"python3 -c '{COPY}' /{STATE}/instance/line.db /root/copy.db")
    assert copied.returncode == 0, copied.stderr
    shutil.move(line.root / "root/copy.db", folder / "copy.db")
    with closing(open_store(f"sqlite:///{folder}/copy.db")) as store:
        return broken_promises(crowd, store)


def text(crowd: Crowd, number: int, words: str, sid: str) -> bytes:
    """What somebody who writes gets."""
    fields = {"MessageSid": sid, "From": caller(number), "Body": words}
    return crowd.ask("/sms", fields) or b""


@contextmanager
def calling(line: Machine, folder: Path) -> Iterator[Crowd]:
    """People call and write in the block; after it every promise is kept and every answer right."""
    crowd = crowd_at(line)
    crowd.start()
    try:
        crowd.go_on(40)
        yield crowd
        crowd.go_on(40)
    finally:
        crowd.stop()
    assert (crowd.wrong, crowd.unheard, crowd.read) == ([], 0, 0)
    assert crowd.promises > 5
    assert kept(line, crowd, folder) == []


# A newcomer's day --------------------------------------------------------------------------------


def test_the_handbook_installs_the_line_on_a_debian_that_has_nothing(line: Machine) -> None:
    type_all(line, commands("One machine"))
    ready(line, 600)
    assert line.type("systemctl is-system-running") == "running\n"
    assert "kypholine-backup.service" in line.type("systemctl list-timers")
    assert "16 topics" in line.type("sudo kypholine doctor")


def test_systemd_finds_nothing_wrong_with_the_units_and_little_that_they_leave_open(
    line: Machine,
) -> None:
    line.type("systemd-analyze verify /etc/systemd/system/kypholine*")
    line.type("systemd-analyze security --no-pager --threshold=15 kypholine")
    line.type("systemd-analyze security --no-pager --threshold=15 kypholine-backup")


def test_the_handbook_puts_nginx_before_it(line: Machine) -> None:
    make = (
        f"mkdir -p {CERTIFICATE} && openssl req -x509 -newkey rsa:2048 -nodes -days 2"
        f" -subj /CN={HOST} -addext subjectAltName=DNS:{HOST}"
        f" -keyout {CERTIFICATE}/privkey.pem -out {CERTIFICATE}/fullchain.pem"
        f" && cp {CERTIFICATE}/fullchain.pem /usr/local/share/ca-certificates/line.crt"
        " && update-ca-certificates"
    )
    made = line.as_root(make)
    assert made.returncode == 0, made.stderr
    type_all(line, commands("One machine", 1))
    clip = next((line.root / STATE / "audio").glob("*.wav")).name
    assert "immutable" in line.type(f"curl --silent --head {URL}/audio/{clip}")


def test_every_command_of_the_alarms_works_as_it_stands(line: Machine) -> None:
    typed = ALARMS_TYPED.findall(section("Running the line").partition("## One machine")[0])
    assert len(typed) > 20
    for command in typed:
        line.type(command)
        ready(line)  # one of them is a restart


def test_the_line_is_written_out_as_plain_files_for_another_host(line: Machine) -> None:
    type_all(line, commands("When the line is down"))
    assert (line.root / "srv/fallback/voice.xml").exists()


def test_staff_come_in_and_are_signed_out_by_commands(line: Machine) -> None:
    assert f"{URL}/console/link/" in line.type('sudo kypholine staff add ana@clinic.org "Ana Ruiz"')
    line.type("sudo kypholine staff sign-out")


# What breaks -------------------------------------------------------------------------------------


def test_a_key_that_the_line_made_is_changed_and_nobody_who_said_stop_is_forgotten(
    line: Machine,
) -> None:
    """And from here on it speaks the words that the crowd knows."""
    line.type("sudo systemctl stop kypholine")
    assert line.as_root(f"rm -r /{STATE}/*").returncode == 0
    fill_in(line, WORKERS="2", **AS_IN_TESTS)
    line.type("sudo systemctl start kypholine")
    ready(line)
    crowd = crowd_at(line)
    assert STOPPED in text(crowd, 9999, STOP, "SMfirst")
    own = json.loads((line.root / STATE / "instance/keys.json").read_text("utf-8"))
    fill_in(line, **NEW_KEYS, **{f"{name}_PREVIOUS": own[name.lower()] for name in NEW_KEYS})
    line.type("sudo systemctl restart kypholine")
    ready(line)
    assert TOLD not in text(crowd, 9999, TOPIC, "SMsecond")
    assert TOLD in text(crowd, 9998, TOPIC, "SMthird")


def test_processes_are_killed_and_the_line_is_restarted_while_people_call(
    line: Machine, tmp_path: Path
) -> None:
    with calling(line, tmp_path) as crowd:
        main, *others = processes(line)
        costs = {
            "a worker": cost(crowd, lambda: line.as_root(f"kill -9 {others[-1]}")),
            "the first process": cost(crowd, lambda: line.as_root(f"kill -9 {main}")),
            "restart": cost(crowd, lambda: line.type("sudo systemctl restart kypholine")),
        }
    _log.info("%s", costs)
    assert processes(line)[0] != main
    assert costs["a worker"].again <= 8, "more than those under way in it"
    assert all(one.silence < 15 for one in costs.values())


def test_a_first_process_that_stands_still_is_ended_by_systemd_and_started_again(
    line: Machine, tmp_path: Path
) -> None:
    """Its workers answer until then, and it has written where it was."""
    main, *_ = processes(line)
    with calling(line, tmp_path) as crowd:
        line.as_root(f"kill -STOP {main}")
        spent = cost(crowd, lambda: wait_until(partial(begun, line, main), "it stands on", 150))
    _log.info("a first process that stands still: %s", spent)
    assert spent.silence < 15
    said = line.as_root("journalctl --unit=kypholine --output=cat").stdout
    assert "Watchdog timeout" in said
    assert "Fatal Python error: Aborted" in said


def begun(line: Machine, before: int) -> bool:
    """Whether the service has another first process, which says that it began."""
    shown = line.as_root("systemctl show --property=MainPID,SubState --value kypholine").stdout
    return "running" in shown and str(before) not in shown.split()


def test_a_unit_that_begins_to_wait_for_signs_of_life_ends_no_line_that_gives_none(
    line: Machine,
) -> None:
    """As at the upgrade from a version that knew of none."""
    here = "/etc/systemd/system/kypholine.service"
    unit = line.root / here[1:]
    ours = unit.read_text("utf-8")
    former = re.sub(r"\nWatchdogSec=.+", "", ours).replace("\nType=notify", "\nType=exec")
    unit.write_text(former, "utf-8")
    line.type("sudo systemctl daemon-reload && sudo systemctl restart kypholine")
    ready(line)
    before = processes(line)[0]
    unit.write_text(re.sub(r"\nWatchdogSec=.+", "\nWatchdogSec=3", ours), "utf-8")
    reloaded(
        line, lambda: line.type("sudo systemctl daemon-reload && sudo systemctl reload kypholine")
    )
    time.sleep(9)
    assert processes(line)[0] == before
    line.type("sudo systemctl restart kypholine")
    ready(line)
    before = processes(line)[0]
    time.sleep(9)
    assert processes(line)[0] == before
    unit.write_text(ours, "utf-8")
    line.type("sudo systemctl daemon-reload && sudo systemctl restart kypholine")
    ready(line)


def test_a_stop_is_quick_and_answers_what_was_asked_before(line: Machine, tmp_path: Path) -> None:
    with calling(line, tmp_path) as crowd:
        begun = time.monotonic()
        line.type("sudo systemctl stop kypholine")
        took = time.monotonic() - begun
        shown = line.as_root("systemctl show --property=Result --value kypholine").stdout
        _log.info("stop: %.1f seconds", took)
        assert took < 10
        assert shown == "success\n", "it had to be killed"
        line.type("sudo systemctl start kypholine")
        crowd.go_on(40)


def test_an_upgrade_by_the_handbook_while_people_call(line: Machine, tmp_path: Path) -> None:
    tree = tmp_path / "later"
    nspawn.run("git", "clone", "--quiet", str(line.source), str(tree))
    unit = tree / "deploy/kypholine.service"
    unit.write_text(unit.read_text("utf-8").replace("Description=", "Description=later, "), "utf-8")
    (tree / "requirements.lock").touch()
    nspawn.commit(line.source, tree, "A later version")
    main, *others = processes(line)
    with calling(line, tmp_path) as crowd:
        spent = cost(crowd, lambda: reloaded(line, lambda: type_all(line, commands("Upgrade"))))
    _log.info("upgrade: %s", spent)
    assert spent.again <= 1
    assert "later, " in line.type("systemctl status kypholine")
    now, *workers = processes(line)
    assert now == main
    assert not set(others) & set(workers)


def reloaded(line: Machine, deed: Callable[[], object]) -> None:
    """Do something, and wait until workers of a new version took over."""
    before = took_over(line)
    deed()
    wait_until(lambda: took_over(line) > before, "no worker took over", 60)


def took_over(line: Machine) -> int:
    """How often workers of a new version did."""
    return line.as_root("journalctl --unit=kypholine --output=cat").stdout.count("took over from")


def test_a_line_is_reloaded_five_times_while_people_call(line: Machine, tmp_path: Path) -> None:
    with calling(line, tmp_path) as crowd:
        for _ in range(5):
            typed = partial(line.type, "sudo systemctl reload kypholine")
            cost(crowd, partial(reloaded, line, typed))
    _log.info("five reloads: %d of %d", crowd.lost, crowd.answered + crowd.heard)
    assert crowd.lost <= 1


def test_a_version_that_can_not_start_is_refused_by_a_reload_and_the_old_one_goes_on(
    line: Machine, tmp_path: Path
) -> None:
    before, code = processes(line), "/opt/kypholine/voice"
    line.as_root(f"echo import what_nobody_has >> {code}/assembly.py")
    with calling(line, tmp_path) as crowd:
        assert line.as_root("systemctl reload kypholine").returncode != 0
    assert crowd.lost == 0
    assert processes(line) == before
    why = re.search(r"`(sudo journalctl .+)` says why", section("Upgrade"))
    assert why is not None
    assert "what_nobody_has" in line.type(why[1])
    assert line.as_root(f"git -C {code} checkout -- .").returncode == 0


def test_who_fails_to_start_is_started_until_it_can(line: Machine) -> None:
    """Twenty seconds of it: by default systemd would have given up after ten."""
    line.type("sudo systemctl stop kypholine")
    taken = "systemd-run --quiet --unit=other python3 -m http.server --bind 127.0.0.1 8000"
    line.as_root(taken)
    line.as_root("systemctl start kypholine")
    time.sleep(20)
    line.as_root("systemctl stop other")
    ready(line)


def test_switched_off_and_on_it_comes_up_by_itself(line: Machine, tmp_path: Path) -> None:
    with calling(line, tmp_path):
        pass
    line.off()
    line.boot()
    ready(line)
    assert TOLD not in text(crowd_at(line), 9999, TOPIC, "SMafter")
    with calling(line, tmp_path):
        pass


def test_a_backup_made_meanwhile_comes_back_on_a_machine_set_up_anew(
    line: Machine, tmp_path: Path
) -> None:
    back_up, *restore = commands("Backup and restore")
    with calling(line, tmp_path) as crowd:
        crowd.go_on(150, 90)
        before = replace(crowd, stops=[*crowd.stops], call_backs=[*crowd.call_backs], texts={})
        line.type(back_up)
    backup = max((line.root / "var/backups/kypholine").glob("*.tar.gz")).name
    shutil.copy(line.root / "var/backups/kypholine" / backup, line.root / "home" / ENGINEER)
    empty(line)
    type_all(line, commands("One machine"))
    fill_in(line, **NEW_KEYS, **AS_IN_TESTS)
    type_all(line, commands("One machine", 1))
    type_all(line, commands("Backup and restore", 1) + restore, backup)
    ready(line)
    wait_until(lambda: '"missing":0' in asked(line, "/readyz"), "clips are missing", 180)
    assert before.promises > 5
    assert kept(line, before, tmp_path) == []


def empty(line: Machine) -> None:
    """Take away all that the handbook put there, but the programs of Debian."""
    line.type("sudo systemctl disable --now kypholine kypholine-backup.timer")
    places = "/var/lib/kypholine /var/backups/kypholine /opt/kypholine /etc/kypholine.env"
    units = "/etc/systemd/system/kypholine* /usr/local/bin/kypholine"
    line.type(f"sudo rm -r {places} {units}")
    line.type("sudo userdel kypholine; sudo groupdel kypholine")


@contextmanager
def small_disk(line: Machine) -> Iterator[None]:
    """The line's state is on a disk of 48 megabytes in the block, and back in its place after."""
    line.type("sudo systemctl stop kypholine")
    move(line, f"cp -a /{STATE} /root/state && mount -t tmpfs -o size=48M tmpfs /{STATE}")
    yield
    line.type("sudo systemctl stop kypholine")
    move(line, f"rm -r /root/state && cp -a /{STATE} /root/state && umount /{STATE}")


def move(line: Machine, typed: str) -> None:
    """Put what was copied to /root/state where a command made place for it, and start again."""
    done = line.as_root(f"set -e; {typed}; rm -rf /{STATE}/*; cp -a /root/state/. /{STATE}")
    assert done.returncode == 0, done.stderr
    line.type("sudo systemctl start kypholine")
    ready(line)


def test_a_full_disk_costs_no_call_and_what_is_refused_is_granted_again(
    line: Machine, tmp_path: Path
) -> None:
    with small_disk(line), calling(line, tmp_path) as crowd:
        line.as_root(f"dd if=/dev/zero of=/{STATE}/full bs=4k")
        wait_until(lambda: crowd.refused > 5, "nothing was refused")
        wait_until(lambda: "degraded" in asked(line, "/readyz"), "nobody noticed")
        full = crowd.lost
        crowd.go_on(40, 90)
        assert crowd.lost == full
        line.as_root(f"rm /{STATE}/full")
        granted = crowd.promises
        wait_until(lambda: crowd.promises > granted + 5, "nothing is granted again")


def test_a_store_that_was_deleted_is_brought_back_by_the_handbook(
    line: Machine, tmp_path: Path
) -> None:
    find, bring = commands("The store's file")
    with calling(line, tmp_path) as crowd:
        crowd.go_on(100, 90)
        line.type(f"sudo rm /{STATE}/instance/line.db")
        wait_until(lambda: "deleted" in asked(line, "/readyz"), "nobody noticed")
        kept_at = line.type(find).splitlines()[0]
        line.type(bring.replace("/proc/…/fd/…", kept_at))
        wait_until(lambda: "reachable" in asked(line, "/readyz"), "it is not taken")
        granted = crowd.promises
        wait_until(lambda: crowd.promises > granted + 5, "nothing is granted again")


def test_the_journal_has_json_and_nothing_of_anybody(line: Machine) -> None:
    said = line.type("sudo journalctl --unit=kypholine --identifier=python --output=cat")
    rows = [row for row in said.splitlines() if row.startswith("{")]
    assert len([row for row in rows if json.loads(row)["message"].startswith("POST /voice")]) > 100
    for private in ("3319900", STOP, TOPIC_WORDS, "Digits", "anonymous", "From="):
        assert private not in said
    assert "blob data" not in line.type("sudo journalctl --unit=kypholine")


def test_the_line_is_taken_down_for_good_and_leaves_only_what_was_kept(line: Machine) -> None:
    keep, delete = (
        re.sub("^   ", "", block, flags=re.M).strip().splitlines()
        for block in re.findall(r"```sh\n(.*?)```", section("Taking the line down for good"), re.S)
    )
    type_all(line, keep)
    assert (line.root / "var/lib/kypholine/words/line.toml").exists()
    newest = max((line.root / "var/backups/kypholine").glob("*.tar.gz"))
    assert "line.db" in line.type(f"sudo tar -tzf /var/backups/kypholine/{newest.name}")
    type_all(line, delete)
    assert "kypholine" not in line.type("systemctl list-unit-files --no-pager")
    left = line.type("sudo find /etc /opt /usr/local /var/lib /var/backups -name '*kypholine*'")
    assert left.strip() == ""
