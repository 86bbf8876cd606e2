"""The compose file brought up as its head says, in a copy of the repository with small scripts."""

import json
import os
import re
import shutil
import signal
import ssl
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.client import HTTPSConnection
from itertools import takewhile
from pathlib import Path
from socket import create_connection
from typing import Any

from tests.conftest import ROOT
from tests.failure.crowd import PATIENCE, send
from tests.failure.machine import TOKEN, wait_until
from tests.publisher import TINY
from tests.rehearsal.images import OWN, docker, works
from voice.bench.place import free_port
from voice.store import Store, open_store

HOST = "line.localhost"
"""A name whose certificate Caddy makes itself, without a word in the Caddyfile."""
URL = f"https://{HOST}"
SECRETS = {
    "TWILIO_AUTH_TOKEN": TOKEN,
    "SECRET_KEY": "s" * 32,
    "CONTACT_KEY": "c" * 32,
    "METRICS_TOKEN": "m" * 32,
    "CARRIER_KEYWORDS": "line",
}
"""What is filled in."""
DEPLOY = ROOT / "deploy"
APPS = ("app1", "app2")
ASK = "import urllib.request as u; print(u.urlopen('http://127.0.0.1:8000/readyz').read().decode())"


@dataclass
class Stack:
    """Two app machines, PostgreSQL and Caddy, in containers."""

    tree: Path
    port: int
    root: str = ""
    """Whom Caddy's certificate is from."""

    @property
    def environ(self) -> Mapping[str, str]:
        return os.environ | {"COMPOSE_PROJECT_NAME": OWN, "COMPOSE_ANSI": "never"}

    def type(self, block: str, within: float = 900) -> str:
        """Type lines of the handbook in the repository's folder; what they print."""
        command = ["bash", "-ec", block]
        done = subprocess.run(
            command, cwd=self.tree, env=self.environ, capture_output=True, text=True, timeout=within
        )
        assert done.returncode == 0, f"{block}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
        return done.stdout

    def compose(self, words: str) -> str:
        return self.type(f"docker compose -f deploy/compose.yaml {words}")

    def container(self, service: str) -> dict[str, Any]:
        """What the engine knows of a service's container."""
        number = self.compose(f"ps -a -q {service}").strip()
        found: dict[str, Any] = json.loads(docker("inspect", number))[0]
        return found

    def kill(self, service: str) -> None:
        """End a container's processes without a word, as nobody asked for."""
        os.kill(self.container(service)["State"]["Pid"], signal.SIGKILL)

    def ready(self, service: str) -> dict[str, Any]:
        """What a machine that is ready says of itself; nothing where it is not."""
        try:
            said: dict[str, Any] = json.loads(self.compose(f'exec -T {service} python -c "{ASK}"'))
        except AssertionError:
            return {}
        return said

    def release(self, service: str) -> int:
        """The release that a machine is ready with."""
        number: int = self.ready(service).get("release", 0)
        return number

    def reaches_store(self, service: str) -> bool:
        """Whether a machine has its store."""
        return self.ready(service).get("store") == "reachable"

    def clip(self, service: str) -> tuple[str, str]:
        """The name and the digest of one clip that a machine has."""
        rows = self.compose(f"exec -T {service} sh -c 'cd /data/audio && sha256sum *.wav'")
        digest, name = rows.splitlines()[0].split()
        return name, digest

    def wait_until_ready(self, *services: str) -> None:
        for service in services or APPS:
            wait_until(partial(self.ready, service), f"{service} never was ready", 20)

    def connection(self, port: int) -> HTTPSConnection:
        """To Caddy, by the line's name; its certificate is looked at."""
        context = ssl.create_default_context(cadata=self.root)
        return Named(HOST, port, timeout=PATIENCE, context=context)

    def status(self, path: str) -> int:
        """What Caddy answers to who asks for a page; 0 where nothing comes."""
        return send(self.connection(self.port), path, b"", {}, "GET")[0]

    def store(self) -> Store:
        """The store, past all."""
        networks = self.container("db")["NetworkSettings"]["Networks"]
        address = next(iter(networks.values()))["IPAddress"]
        secret = re.search(
            "^POSTGRES_PASSWORD=(.+)$", (self.tree / "deploy/.env").read_text(), re.M
        )
        assert secret
        return open_store(f"postgresql://line:{secret[1]}@{address}/line")


class Named(HTTPSConnection):
    """A connection to this machine under a name that only Caddy knows."""

    def connect(self) -> None:
        plain = create_connection(("127.0.0.1", self.port), self.timeout)
        self.sock = self._context.wrap_socket(plain, server_hostname=self.host)  # type: ignore[attr-defined]


@contextmanager
def brought_up(folder: Path) -> Iterator[Stack]:
    """Everything of the compose file, started as its head says, and taken down with the block."""
    stack = Stack(copied(folder), free_port())
    ports = f'["127.0.0.1:{free_port()}:80", "127.0.0.1:{stack.port}:443"]'
    here = {'["80:80", "443:443"]': ports, "image: kypholine": f"image: {OWN}"}
    changed(stack.tree / "deploy" / "compose.yaml", here)
    *prepared, up = head(stack.tree / "deploy" / "compose.yaml")
    stack.type("\n".join(prepared).replace("line.example.org", HOST))
    filled_in(stack.tree / "deploy" / "line.env")
    works("compose", "--project-name", OWN, "down", "--volumes")  # of a run that was cut off
    try:
        stack.type(up)
        stack.wait_until_ready()
        stack.root = stack.compose("exec -T caddy cat /data/caddy/pki/authorities/local/root.crt")
        yield stack
    finally:
        images = set(stack.compose(f"images --quiet {' '.join(APPS)}").split())
        stack.compose("down --volumes --timeout 5")
        works("rmi", *images)


def copied(folder: Path) -> Path:
    """The repository as it is checked out by somebody who lets nobody else read it."""
    for name in ("requirements.lock", "pyproject.toml", "README.md", "LICENSE", "app.py"):
        shutil.copy(ROOT / name, folder)
    for name in ("voice", "deploy"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(TINY, folder / "scripts")
    subprocess.run(["chmod", "-R", "go=", folder], check=True)
    return folder


def changed(file: Path, changes: Mapping[str, str]) -> None:
    """Change words of a file, each of which is there once."""
    text = file.read_text("utf-8")
    for shipped, here in changes.items():
        assert text.count(shipped) == 1, shipped
        text = text.replace(shipped, here)
    file.write_text(text, "utf-8")


def filled_in(file: Path) -> None:
    """Fill in what an operator does."""
    settings(file, SECRETS)


def settings(file: Path, given: Mapping[str, str]) -> None:
    """Fill in settings of a file made of env.example."""
    text = file.read_text("utf-8")
    for name, value in given.items():
        text, times = re.subn(f"^{name}=.*$", f"{name}={value}", text, flags=re.M)
        assert times == 1, name
    file.write_text(text, "utf-8")


def head(file: Path) -> list[str]:
    """The commands that the head of a file says to type."""
    lines = takewhile(lambda line: line.startswith("#"), file.read_text("utf-8").splitlines())
    found = [re.fullmatch(r"#   (.+?)(?: {3,}.*)?", line) for line in lines]
    return [command[1] for command in found if command]
