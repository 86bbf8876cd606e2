"""A real Prometheus watches a real line, as the head of deploy/alerts.yaml says.

Every alarm and every panel finds what it asks for, counts only grow while workers die, and alarms
ring while their cause lasts. Their windows and patience are shorter here; nothing else is.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import promql_parser as promql
import pytest
import yaml

from tests.failure.crowd import TOPIC, Crowd, caller
from tests.failure.machine import Machine, machine, wait_until
from tests.failure.proxy import HOST, proxy
from tests.failure.test_killed import crowd_at, prepared
from tests.test_alarms import DEPLOY, rules, selectors, targets
from voice.bench.place import free_port
from voice.dialog import State
from voice.release import address

PACKAGES = ("prometheus", "prometheus-blackbox-exporter", "prometheus-node-exporter")
"""Debian's; each is also the name of the program it brings."""
WINDOW, WEEK = 10, 20
"""Seconds that stand for every window here, and for the week that an alarm looks back."""
LOOKS = 4
FEWEST = 12
"""Calls in two hours of a week ago, without which nobody is told that none come."""
METRICS_TOKEN = "the-token-of-who-watches"
PEOPLE = 2
UNDER_WAY = 2 * PEOPLE
"""Requests at most of which nobody may know yet, or any more, what became of them."""
COUNTS = ("requests_total", "request_seconds_count", "request_seconds_sum", "sent_total")
NO_SYSTEMD = "node_systemd_"
"""What these series say only a machine with systemd tells."""
QUIET = {"CertificateEnds"}
"""What rings while all is well: the certificate is of one day."""
OURS = ("DiskNearlyFull", "MachineNotWatched")
"""They ring for the machine these tests run on, not for the line."""


class Prometheus:
    """A running one, asked by HTTP."""

    def __init__(self, port: int) -> None:
        self.port = port

    def ask(self, path: str, **query: str) -> Any:
        """The data of an answer; it has to be one."""
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=10)) as connection:
            connection.request("GET", f"/api/v1/{path}?{urlencode(query)}")
            told = json.loads(connection.getresponse().read())
        assert told["status"] == "success", (query, told)
        return told["data"]

    def find(self, expression: str) -> list[Any]:
        """The series of an expression."""
        found: list[Any] = self.ask("query", query=expression)["result"]
        return found

    def up(self) -> bool:
        """Whether it answers, and so does all it watches."""
        try:
            watched = self.ask("targets")["activeTargets"]
        except (OSError, ValueError):
            return False
        return bool(watched) and all(one["health"] == "up" for one in watched)

    def ringing(self) -> set[str]:
        """The alarms of the line that ring."""
        told = self.ask("alerts")["alerts"]
        return {one["labels"]["alertname"] for one in told if one["state"] == "firing"} - {*OURS}


def see_to_programs() -> None:
    """Say what is missing here, and how to get it."""
    missing = [name for name in PACKAGES if not shutil.which(name)]
    assert not missing, f"this needs Prometheus: apt-get install {' '.join(missing)}"


# Set up as the handbook says ---------------------------------------------------------------------


def shipped() -> Any:
    """What the head of the alarms tells to put into Prometheus' configuration."""
    head = (DEPLOY / "alerts.yaml").read_text("utf-8").partition("\ngroups:")[0]
    lines = [line[1:] for line in head.splitlines() if line.startswith("#   ")]
    return yaml.safe_load("\n".join(lines))


def configured(folder: Path, at: Mapping[str, str], looks_through: int) -> Path:
    """The same for targets here, with the alarms hastened."""
    (folder / "token").write_text(METRICS_TOKEN)
    hasty = re.sub(r"\n( +)for: .+", r"\n\1for: 0s", (DEPLOY / "alerts.yaml").read_text("utf-8"))
    hasty = re.sub(r"\[\w+\]", f"[{WINDOW}s]", hasty).replace("offset 1w", f"offset {WEEK}s")
    (folder / "alerts.yaml").write_text(hasty)
    told = shipped()
    assert {job["job_name"] for job in told["scrape_configs"]} == set(at)
    for job in told["scrape_configs"]:
        job["static_configs"] = [{"targets": [at[job["job_name"]]]}]
        if "authorization" in job:
            job["authorization"]["credentials_file"] = str(folder / "token")
        for one in job.get("relabel_configs", []):
            if "replacement" in one:
                one["replacement"] = f"127.0.0.1:{looks_through}"
    told["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    told["rule_files"] = [str(folder / "alerts.yaml")]
    (folder / "prometheus.yml").write_text(yaml.safe_dump(told))
    return folder / "prometheus.yml"


def looking(folder: Path, front: Path) -> Path:
    """The exporter's own "http_2xx", but that it is told whom it looks at: no DNS knows HOST."""
    tls = {"server_name": HOST, "ca_file": str(front / "fullchain.pem")}
    modules = {"modules": {"http_2xx": {"prober": "http", "http": {"tls_config": tls}}}}
    (folder / "blackbox.yml").write_text(yaml.safe_dump(modules))
    return folder / "blackbox.yml"


@contextmanager
def watching(folder: Path, line: Machine, door: int) -> Iterator[Prometheus]:
    """Prometheus and both exporters, watching a line and its door."""
    asks, looks, beneath = free_port(), free_port(), free_port()
    targets_here = {
        "kypholine": f"127.0.0.1:{line.port}",
        "kypholine-door": f"https://127.0.0.1:{door}/readyz",
        "node": f"127.0.0.1:{beneath}",
    }
    configs = (configured(folder, targets_here, looks), looking(folder, folder / "front"))
    commands = (
        (PACKAGES[0], f"--config.file={configs[0]}", f"--storage.tsdb.path={folder}/tsdb", asks),
        (PACKAGES[1], f"--config.file={configs[1]}", looks),
        (PACKAGES[2], "--collector.systemd", beneath),
    )
    with ExitStack() as stack:
        for *command, port in commands:
            at = f"--web.listen-address=127.0.0.1:{port}"
            stack.enter_context(running(folder / f"{command[0]}.log", *map(str, command), at))
        prometheus = Prometheus(asks)
        wait_until(prometheus.up, "not all that is watched answers Prometheus")
        yield prometheus


@contextmanager
def running(log: Path, *command: str) -> Iterator[None]:
    """A program that runs as long as the block."""
    with log.open("wb") as told:
        process = subprocess.Popen(command, stdout=told, stderr=told)
        try:
            yield
        finally:
            process.terminate()
            process.wait(30)


# What is seen ------------------------------------------------------------------------------------


@pytest.mark.soak
def test_prometheus_sees_all_that_it_is_to_alarm_of_and_rings(tmp_path: Path) -> None:
    see_to_programs()
    prepared(f"sqlite:///{tmp_path}/instance/line.db")
    (tmp_path / "front").mkdir()
    with (
        machine(tmp_path, WORKERS="2", LOOKS=str(LOOKS), METRICS_TOKEN=METRICS_TOKEN) as line,
        proxy(tmp_path / "front", [line.port], tmp_path) as door,
        watching(tmp_path, line, door) as prometheus,
    ):
        line.wait_until_made()
        crowd = crowd_at(line)
        crowd.start(PEOPLE)
        lives_well(prometheus, crowd)
        loses_a_worker(prometheus, crowd, line)
        loses_one_after_the_other(prometheus, crowd, line)
        loses_its_store(prometheus, crowd, tmp_path / "instance" / "line.db")
        crowd.stop()
        line.kill()
        wait_until(lambda: {"LineDown", "DoorShut"} <= prometheus.ringing(), "nobody is woken")
    assert crowd.wrong == []


@pytest.mark.soak
def test_alarms_ring_where_everybody_meets_a_bug_and_where_nobody_calls_any_more(
    tmp_path: Path,
) -> None:
    see_to_programs()
    prepared(f"sqlite:///{tmp_path}/instance/line.db")
    (tmp_path / "front").mkdir()
    bug = tmp_path / "bug"
    with (
        machine(tmp_path, WORKERS="2", BUG=str(bug), METRICS_TOKEN=METRICS_TOKEN) as line,
        proxy(tmp_path / "front", [line.port], tmp_path) as door,
        watching(tmp_path, line, door) as prometheus,
    ):
        crowd = crowd_at(line)
        meets_a_bug(prometheus, crowd, bug)
        is_called_no_more(prometheus, crowd)


def meets_a_bug(prometheus: Prometheus, crowd: Crowd, bug: Path) -> None:
    """One apology is for the morning; where callers or texts get nothing else somebody is woken."""
    wait_until(lambda: prometheus.ringing() == QUIET, "something rings")
    bug.touch()
    call(crowd)
    wait_until(lambda: "ApologyMade" in prometheus.ringing(), "nobody is told")
    assert prometheus.ringing() == QUIET | {"ApologyMade"}
    for _ in range(10):
        call(crowd)
    wait_until(lambda: "CallsApologise" in prometheus.ringing(), "nobody is woken for calls")
    assert "TextsApologise" not in prometheus.ringing()
    for number in range(10):
        write(crowd, number)
    wait_until(lambda: "TextsApologise" in prometheus.ringing(), "nobody is woken for texts")
    assert not {"CallsFail", "TextsFail"} & prometheus.ringing()
    bug.unlink()
    told = {"ApologyMade", "CallsApologise", "TextsApologise"}
    wait_until(lambda: not told & prometheus.ringing(), "one rings for ever")


def is_called_no_more(prometheus: Prometheus, crowd: Crowd) -> None:
    """While calls come, or came so lately that a pause is none yet, nobody is told."""
    for _ in range(FEWEST + 1):
        call(crowd)
    wait_until(lambda: prometheus.find(f"kypholine_calls_total > {FEWEST}"), "not counted")
    assert "NoCalls" not in prometheus.ringing()
    wait_until(lambda: "NoCalls" in prometheus.ringing(), "nobody is told", 2 * WEEK)
    call(crowd)
    wait_until(lambda: "NoCalls" not in prometheus.ringing(), "it rings though somebody calls", 5)


def call(crowd: Crowd) -> None:
    """Somebody calls, and presses a key in the main menu."""
    known = {"CallSid": "CA1", "From": "anonymous"}
    crowd.ask("/voice", known)
    crowd.ask(address(1, State("main", "fr-FR", "normal")), known | {"Digits": "1"})


def write(crowd: Crowd, number: int) -> None:
    """Somebody writes."""
    crowd.ask("/sms", {"MessageSid": f"SM{number}", "From": caller(number), "Body": TOPIC})


def lives_well(prometheus: Prometheus, crowd: Crowd) -> None:
    """All that is asked for is there, and nothing rings but for the certificate of one day."""
    crowd.ask("/sms/status", {"MessageSid": "SM1", "MessageStatus": "delivered"})
    crowd.ask("/voice/status", {"CallSid": "CA1", "CallStatus": "completed"})
    crowd.ask(address(1, State("main", "fr-FR", "normal")), {"CallSid": "CA1"})  # and is silent
    for expression in asked_for():
        wait_until(lambda one=expression: prometheus.find(one), f"never told: {expression}")
    wait_until(lambda: prometheus.ringing() == QUIET, "something rings")


def asked_for() -> set[str]:
    """What panels ask, and what alarms look at: an alarm itself finds nothing while all is well."""
    looked_at = {
        re.sub(r"(\[\w+\])?( offset \w+)?$", "", str(selector))
        for rule in rules()
        for selector in selectors(promql.parse(rule["expr"]))
        if not selector.name.startswith(NO_SYSTEMD)
    }
    return looked_at | {one["expr"].replace(" offset 1w", "") for one in targets()}


def loses_a_worker(prometheus: Prometheus, crowd: Crowd, line: Machine) -> None:
    """Of what the dead one counted nothing is lost, and nothing is told twice."""
    lost = line.workers()[0]
    os.kill(lost, signal.SIGKILL)
    wait_until(lambda: len({*line.workers()} - {lost}) == 2, "no other came")
    crowd.go_on(100)
    answered = crowd.answered
    wait_until(lambda: counted(prometheus) >= answered - UNDER_WAY, "counts are lost")
    assert counted(prometheus) <= crowd.answered + UNDER_WAY
    for name in COUNTS:
        again = prometheus.find(f"resets(kypholine_{name}[2m])")
        assert {one["value"][1] for one in again} == {"0"}, name
    requests = "sum by (endpoint) (kypholine_requests_total)"
    for times in ("count", 'bucket{le="+Inf"}'):
        differ = f"{requests} != sum by (endpoint) (kypholine_request_seconds_{times})"
        wait_until(lambda differ=differ: not prometheus.find(differ), differ)


def loses_one_after_the_other(prometheus: Prometheus, crowd: Crowd, line: Machine) -> None:
    """One that hangs is told of; somebody is woken where another is lost, and another."""
    wait_until(lambda: prometheus.ringing() == QUIET, "a worker lost long ago still rings")
    hung, other = line.workers()  # of one that just came granian would end everything
    os.kill(hung, signal.SIGSTOP)
    wait_until(lambda: "WorkerReplaced" in prometheus.ringing(), "nobody is told")
    assert "WorkersFail" not in prometheus.ringing()
    told = 'kypholine_workers_replaced_total{why="hung"} == 1'
    wait_until(lambda: prometheus.find(told), "it is not told why")
    order = [other, *({*line.workers()} - {other})]
    for _ in range(3):  # in turn, for the same reason
        order = [*order[1:], lose(line, order[0])]
    wait_until(lambda: "WorkersFail" in prometheus.ringing(), "nobody is woken")
    crowd.go_on(100)
    wait_until(lambda: prometheus.ringing() == QUIET, "workers of before ring for ever")


def lose(line: Machine, worker: int) -> int:
    """Kill a worker; returns the one that came for it."""
    before = {*line.workers()}
    os.kill(worker, signal.SIGKILL)
    wait_until(lambda: {*line.workers()} - before, "no other came")
    return ({*line.workers()} - before).pop()


def counted(prometheus: Prometheus) -> float:
    """How many webhooks Prometheus knows to be answered."""
    sent = 'sum(kypholine_requests_total{endpoint=~"webhook[.].*",status=~"2.."})'
    return float(prometheus.find(sent)[0]["value"][1])


def loses_its_store(prometheus: Prometheus, crowd: Crowd, file: Path) -> None:
    """The alarms ring while it is away, and not after."""
    away = file.with_suffix(".away")
    file.rename(away)
    wait_until(lambda: "StoreAway" in prometheus.ringing(), "nobody is woken")
    status = {"MessageSid": "SM2", "MessageStatus": "delivered"}
    repeated = threading.Thread(target=crowd.ask, args=("/sms/status", status), daemon=True)
    repeated.start()
    wait_until(lambda: "StatusNotKept" in prometheus.ringing(), "nobody is told of statuses")
    away.rename(file)
    repeated.join(30)
    for name in ("StoreAway", "StatusNotKept"):
        wait_until(lambda name=name: name not in prometheus.ringing(), f"{name} rings for ever")
