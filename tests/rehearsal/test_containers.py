"""The line in containers, brought up and looked after by the commands that are written down.

They stand in the heads of the files in deploy/ and in docs/operations.md, and are typed as they
stand but for names and ports of our own. What breaks is broken while people call and write.
"""

import logging
import os
import re
import shlex
import shutil
import signal
import subprocess
import time
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

import pytest

from tests import kept
from tests.conftest import ROOT
from tests.failure.clips import addresses, digests
from tests.failure.crowd import Callers, Crowd, broken_promises, plain, send, small_release
from tests.failure.machine import wait_until
from tests.rehearsal.images import OWN, base_images, docker, run, works
from tests.rehearsal.stack import (
    APPS,
    SECRETS,
    URL,
    Stack,
    brought_up,
    changed,
    copied,
    filled_in,
    head,
)
from voice.bench.place import free_port
from voice.release import Release
from voice.script import load
from voice.store import open_store, publish

pytestmark = pytest.mark.rehearsal

HANDBOOK = (ROOT / "docs" / "operations.md").read_text("utf-8")
TITLE, RETOLD = "La suite", "Et la suite"
METRICS = """
import urllib.error, urllib.request as u
asked = u.Request("http://{app}:8000/metrics", headers={{"Authorization": "Bearer {token}"}})
try:
    print(u.urlopen(asked).status)
except urllib.error.HTTPError as refused:
    print(refused.code)
"""
HUNDREDS = count(0, 500)
"""Where people begin to number themselves: nobody is two people."""
PUBLIC = "https://line.example.org"
"""Where the line is, by the settings as they are shipped."""
STOPPING = 10
"""Seconds after which `docker stop` kills."""


def blocks(title: str) -> list[str]:
    """What the handbook says to type with compose under a heading."""
    under = HANDBOOK.partition(f"# {title}\n")[2].partition("\n#")[0]
    return [block for block in re.findall(r"```sh\n(.*?)```", under, re.S) if "compose" in block]


@pytest.fixture(scope="module")
def bases() -> Iterator[None]:
    with base_images():
        yield


# One container ----------------------------------------------------------------------------------


@dataclass
class Alone:
    """One container of the image, on a volume of its own."""

    port: int

    @property
    def ready(self) -> bool:
        return send(plain(self.port), "/readyz", b"", {}, "GET")[0] == 200

    def wait_until_ready(self) -> None:
        wait_until(lambda: self.ready, "it never was ready", 60)

    def state(self, what: str) -> str:
        """What the engine knows of it."""
        return docker("inspect", "--format", f"{{{{.{what}}}}}", OWN).strip()

    def processes(self) -> dict[int, int]:
        """Its processes as this machine numbers them, and which of them started each."""
        rows = [row.split() for row in docker("top", OWN, "-eo", "pid,ppid").splitlines()[1:]]
        return {int(pid): int(parent) for pid, parent in rows}

    def workers(self) -> list[int]:
        """Those that answer, once the one that makes clips is done."""
        first = int(self.state("State.Pid"))
        return [pid for pid, parent in self.processes().items() if parent == first]


@pytest.fixture(scope="module")
def image(bases: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """How the image is run, as the head of its file says."""
    folder = copied(tmp_path_factory.mktemp("image"))
    build, typed = head(folder / "deploy" / "Containerfile")
    named = shlex.split(build.replace("-t kypholine", f"-t {OWN}"))
    subprocess.run(named, cwd=folder, check=True, capture_output=True)
    env = folder / "line.env"
    shutil.copy(folder / "deploy" / "env.example", env)
    filled_in(env)
    yield typed.replace("line.env", str(env)).removesuffix("kypholine")
    works("rmi", OWN)


@contextmanager
def running(typed: str, more: str = "") -> Iterator[Alone]:
    """A container that is ready; it and its volume are gone after the block."""
    alone = Alone(free_port())
    ours = {"127.0.0.1:8000:8000": f"127.0.0.1:{alone.port}:8000", "line:/data": f"{OWN}:/data"}
    for theirs, own in ours.items():
        assert theirs in typed
        typed = typed.replace(theirs, own)
    works("rm", "--force", OWN)  # of a run that was cut off
    docker(*shlex.split(f"{typed} {more} --detach --name {OWN} {OWN}")[1:])
    try:
        alone.wait_until_ready()
        yield alone
    finally:
        docker("rm", "--force", OWN)
        docker("volume", "rm", OWN)


@contextmanager
def callers(alone: Alone, folder: Path) -> Iterator[Crowd]:
    """People who call and write a container itself; what they were promised is in its volume."""
    docker("cp", f"{OWN}:/data/audio", str(folder))
    release = small_release(PUBLIC, audio=folder / "audio")
    crowd = Crowd(PUBLIC, [alone.port], release, sounds=digests(folder / "audio"))
    crowd.start(3)
    try:
        crowd.go_on(60)
        yield crowd
    finally:
        crowd.stop()
    assert crowd.wrong == []
    docker("cp", f"{OWN}:/data/instance", str(folder))
    with closing(open_store(f"sqlite:///{folder}/instance/line.db")) as store:
        assert broken_promises(crowd, store) == []


def test_a_container_is_ready_from_an_empty_volume_and_writes_nowhere_else(image: str) -> None:
    with running(image) as alone:
        wait_until(lambda: alone.state("State.Health.Status") == "healthy", "it never was", 30)
        assert docker("exec", OWN, "id", "-u").strip() == "10001"
        assert docker("diff", OWN) == ""
        with pytest.raises(AssertionError, match="Read-only file system"):
            docker("exec", OWN, "touch", "/app/anything")


def test_a_worker_and_a_whole_container_killed_keep_what_was_promised(
    image: str, tmp_path: Path
) -> None:
    with running(image, "--restart unless-stopped --env WORKERS=2") as alone:
        wait_until(lambda: len(alone.workers()) == 2, "something is still being made", 60)
        with callers(alone, tmp_path) as crowd:
            os.kill(alone.workers()[0], signal.SIGKILL)
            crowd.go_on(60)
            by_one = crowd.lost
            wait_until(lambda: len(alone.workers()) == 2, "nobody came for the one killed")
            os.kill(int(alone.state("State.Pid")), signal.SIGKILL)
            crowd.go_on(100)
            assert alone.state("RestartCount") == "1"
        assert by_one <= 4, "more than those under way in it"
        note(crowd)


def test_a_container_told_to_stop_finishes_what_it_began(image: str, tmp_path: Path) -> None:
    with running(image) as alone:
        with callers(alone, tmp_path) as crowd:
            begun = time.monotonic()
            docker("stop", OWN)
            assert time.monotonic() - begun < STOPPING / 2
            assert alone.state("State.ExitCode") == "0"
            note(crowd)
        written = run(["bash", "-c", f"docker logs {OWN} 2>&1"])
    assert written.count('"method": "POST"') == crowd.answered, "an answer was cut off"


# Everything -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def stack(bases: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with brought_up(tmp_path_factory.mktemp("repository")) as stack:
        yield stack


@contextmanager
def people(stack: Stack) -> Iterator[Crowd]:
    """People who call and write through Caddy.

    Whatever they are told is right, and what they are promised is kept.
    """
    with TemporaryDirectory() as folder:
        audio = Path(folder) / "audio"
        stack.compose(f"cp app1:/data/audio {audio}")
        crowd = Crowd(
            URL,
            [stack.port],
            served(stack, audio),
            sounds=digests(audio),
            connect=stack.connection,
            _numbers=count(next(HUNDREDS)),
        )
    crowd.start(3)
    try:
        crowd.go_on(60)
        yield crowd
        crowd.go_on(60)
    finally:
        crowd.stop()
    note(crowd)
    assert (crowd.wrong, crowd.unheard) == ([], 0)
    with closing(stack.store()) as store:
        assert broken_promises(crowd, store) == []


def served(stack: Stack, audio: Path, without: Collection[str] = ()) -> Release:
    """What the machines serve: the words in the repository with these clips, but for some."""
    script = load(stack.tree / "scripts")
    return kept.served(script, 1, URL, addresses(audio, URL, without))


def note(crowd: Crowd) -> None:
    """Write down what it came to, for who looks at a run's log."""
    logging.getLogger(__name__).info(
        "%d answered, %d lost, %d refused, %d promises, slowest %.1f s",
        crowd.answered, crowd.lost, crowd.refused, crowd.promises, crowd.slowest,
    )  # fmt: skip


def test_a_command_in_a_container_sees_the_settings_and_the_store(stack: Stack) -> None:
    told = stack.compose("exec -T app1 python -m voice doctor")
    assert "good: Release 1 is live" in told
    assert f"good: PUBLIC_URL is {URL}." in told


def test_prometheus_in_the_inner_network_reads_each_machine_with_the_token(stack: Stack) -> None:
    for app in APPS:
        for token, status in ((SECRETS["METRICS_TOKEN"], "200"), ("another", "404")):
            ask = METRICS.format(app=app, token=token)
            asked = ["python", "-c", ask]
            assert docker("run", "--rm", f"--network={OWN}_inside", OWN, *asked).strip() == status


def test_a_machine_killed_is_not_heard_and_comes_back(stack: Stack) -> None:
    with people(stack) as crowd:
        stack.kill("app1")
        crowd.go_on(100)
        stack.wait_until_ready("app1")
    assert stack.container("app1")["RestartCount"] == 1
    assert (crowd.lost, crowd.refused, crowd.read) == (0, 0, 0)


def test_no_call_needs_the_database(stack: Stack) -> None:
    before = [stack.container(app)["State"]["StartedAt"] for app in APPS]
    with people(stack) as crowd:
        stack.compose("restart db")
        crowd.go_on(60)
        refused = crowd.refused
        stack.compose("stop db")
        time.sleep(20)
        away = crowd.refused - refused
        stack.compose("start db")
        wait_until(lambda: all(stack.reaches_store(app) for app in APPS), "the store is away", 30)
        crowd.go_on(60)
    assert crowd.lost == 0
    assert away > 0, "nobody asked for what has to be kept"
    assert [stack.container(app)["State"]["StartedAt"] for app in APPS] == before


def test_words_published_on_one_machine_are_live_on_the_other_in_five_seconds(stack: Stack) -> None:
    [publish_there] = [block for block in blocks("Upgrade") if "voice publish" in block]
    before = stack.release("app2")
    scripts = stack.tree / "scripts"
    with people(stack) as crowd, closing(stack.store()) as store:
        changed(scripts / "topics" / "apres.toml", {f'title = "{TITLE}"': f'title = "{RETOLD}"'})
        subprocess.run(["chmod", "-R", "a+rX", scripts], check=True)
        speak(stack, publish_there.replace("voice publish", "voice audio"), crowd)
        publish(store, load(scripts).files, "again", datetime.now(UTC))
        begun = time.monotonic()
        for app in APPS:
            wait_until(lambda app=app: stack.release(app) == before + 1, "it never went live", 6)
        assert time.monotonic() - begun <= 5
        crowd.go_on(60)
    assert (crowd.lost, crowd.refused) == (0, 0)


def speak(stack: Stack, typed: str, crowd: Crowd) -> None:
    """Make the clips of new words, so that callers know them when they are published."""
    stack.type(typed)
    with TemporaryDirectory() as folder:
        audio = Path(folder) / "audio"
        stack.compose(f"cp app1:/data/audio {audio}")
        known, crowd.sounds = crowd.sounds, digests(audio)
        fresh = [path.rpartition("/")[2] for path in crowd.sounds.keys() - known.keys()]
        assert fresh
        crowd.others = (served(stack, audio), served(stack, audio, fresh))


def test_a_clip_comes_from_caddy_while_no_machine_is_there(stack: Stack) -> None:
    name, digest = stack.clip("app1")
    with no_machine(stack):
        status, came = send(stack.connection(stack.port), f"/audio/{name}", b"", {}, "GET")
        assert (status, sha256(came).hexdigest()) == (200, digest)
        assert stack.status("/healthz") in (502, 503)


@contextmanager
def no_machine(stack: Stack) -> Iterator[None]:
    """All machines are stopped in the block."""
    stack.compose("stop app1 app2")
    try:
        yield
    finally:
        stack.compose("start app1 app2")
        stack.wait_until_ready()


def test_caddy_reads_a_changed_file_after_the_handbooks_restart(stack: Stack) -> None:
    [restart] = re.findall(r"`(docker compose [^`]+ restart caddy)`", HANDBOOK)
    file = stack.tree / "deploy" / "Caddyfile"
    pulled = file.with_suffix(".pulled")
    shutil.copy(file, pulled)
    place = "\t@staff path"
    changed(pulled, {place: f"\thandle /changed {{\n\t\trespond 204\n\t}}\n{place}"})
    pulled.replace(file)  # as git does: another file by the same name
    stack.type(restart)
    wait_until(lambda: stack.status("/changed") == 204, "it reads the file from before")
    assert stack.status("/healthz") == 200


def test_an_upgrade_by_the_handbook_is_not_heard(stack: Stack) -> None:
    [upgrade] = [block for block in blocks("Upgrade") if "up -d" in block]
    pull, _, typed = upgrade.partition("\n")
    assert pull == "git pull"
    before = {stack.container(app)["Image"] for app in APPS}
    with (stack.tree / "voice" / "__init__.py").open("a") as file:
        file.write("# A later version.\n")
    with people(stack) as crowd:
        stack.type(typed)
    after = {stack.container(app)["Image"] for app in APPS}
    docker("rmi", *before)
    assert len(after) == 1
    assert not after & before
    assert (crowd.lost, crowd.refused, crowd.read) == (0, 0, 0)


def test_the_handbooks_backup_brings_back_what_was_promised_before_it(stack: Stack) -> None:
    backup, restore = blocks("With compose")
    with people(stack) as before:
        pass
    stack.type(backup)
    assert (stack.tree / "kypholine.dump").stat().st_mode & 0o077 == 0
    with people(stack) as after:
        pass
    stack.type(restore)
    stack.wait_until_ready()
    with closing(stack.store()) as store:
        assert broken_promises(before, store) == []
        assert set(after.call_backs) - set(before.call_backs) <= set(broken_promises(after, store))
    with people(stack) as crowd:
        pass
    assert crowd.lost == 0


def test_the_handbooks_publish_makes_the_words_beside_it_live_with_their_clips(
    stack: Stack, tmp_path: Path
) -> None:
    [typed] = [block for block in blocks("Upgrade") if "voice publish" in block]
    before = stack.release("app1")
    shutil.rmtree(stack.tree / "scripts")
    shutil.copytree(ROOT / "scripts", stack.tree / "scripts")
    stack.type(typed.replace("voice publish", "voice publish --over"))  # another clinic's words
    for app in APPS:
        wait_until(lambda app=app: stack.release(app) == before + 1, "it never went live", 30)
    stack.compose(f"cp app2:/data/audio {tmp_path / 'audio'}")
    release = served(stack, tmp_path / "audio")
    sounds = digests(tmp_path / "audio")
    crowd = Callers(URL, [stack.port], release, sounds=sounds, connect=stack.connection)
    crowd.keys = ("1", "3", "", "")
    crowd.start(2)
    crowd.go_on(40)
    crowd.stop()
    assert (crowd.lost, crowd.wrong, crowd.unheard, crowd.read) == (0, [], 0, 0)


def test_the_handbooks_fallback_is_brought_out_of_its_container(stack: Stack) -> None:
    [typed] = blocks("When the line is down")
    stack.type(typed.replace("exec app1", "exec -T app1"))  # nobody sits at a terminal here
    assert "<Play>" in (stack.tree / "fallback" / "voice.xml").read_text("utf-8")


def test_no_log_holds_who_called_or_what_they_said(stack: Stack) -> None:
    """Nor Caddy's lines on what it could pass to nobody."""
    with no_machine(stack):
        posted = urlencode({"From": "+33199000001", "Body": "bonjour"}).encode()
        form = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": "x"}
        assert send(stack.connection(stack.port), "/sms", posted, form)[0] in (502, 503)
    said = stack.compose("logs --no-color")
    assert "http.log.error" in said, "what Caddy could not pass on is not in what is looked at"
    assert not re.search(r"\+?33199|anonymous|Signature|remote_ip|Body|bonjour", said)
