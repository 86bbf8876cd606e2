"""The images that ours are built on and run beside: pulled, or made here where none can be.

A stand-in is made of Debian's packages (Caddy of PyPI's) and keeps what the line relies on in the
image whose name it bears: paths, users, variables, how it starts. It is not that image.
"""

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

STAND_INS = Path(__file__).parent / "stand_ins"
NAMES = {"python:3.13-slim": "python", "postgres:17": "postgres", "caddy:2": "caddy"}
"""Images that the files in deploy/ name, and the folder that a stand-in is made from."""
OWN = "kypholine-rehearsal"
"""Begins the name of all that is made here."""
DEBIAN = f"{OWN}/debian"
AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
"""Whom this machine trusts: a stand-in fetches packages, and trusts the same."""
INSTALL_DOCKER = (
    "this needs a Docker that runs, with its plugins compose and buildx: on Debian 13 "
    "apt-get install docker.io docker-cli docker-compose docker-buildx"
)
INSTALL_DEBOOTSTRAP = (
    "no registry of images can be reached, and stand-ins need apt-get install debootstrap"
)


def docker(*words: str, within: float = 600) -> str:
    """What a command of docker prints; it has to succeed."""
    return run(["docker", *words], within)


def run(command: Sequence[str], within: float = 600, cwd: Path | None = None) -> str:
    """What a command prints; that it fails is told with all it said."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=within, cwd=cwd)
    assert done.returncode == 0, (
        f"{' '.join(command)}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    )
    return done.stdout


def works(*words: str) -> bool:
    """Whether docker does something."""
    return subprocess.run(["docker", *words], capture_output=True).returncode == 0


@cache
def engine() -> None:
    """See that there is an engine, with what the handbook's commands need."""
    asked = (("info",), ("compose", "version"), ("buildx", "version"))
    assert shutil.which("docker"), INSTALL_DOCKER
    assert all(works(*words) for words in asked), INSTALL_DOCKER


@contextmanager
def base_images() -> Iterator[Sequence[str]]:
    """Every image of NAMES is here; which of them are stand-ins. Those lose their name after."""
    engine()
    made = [name for name in NAMES if not (here(name) or works("pull", "--quiet", name))]
    try:
        for name in made:
            stand_in(name)
        yield made
    finally:
        for name in made:
            works("rmi", name)


def here(name: str) -> bool:
    """Whether the engine has an image of this name."""
    return works("image", "inspect", name)


def stand_in(name: str) -> None:
    """Make one; what docker remembers of the last time is used again."""
    if not here(DEBIAN):
        debian()
    folder = str(STAND_INS / NAMES[name])
    kept = f"{OWN}/{name}"
    docker("build", "--quiet", "--file", f"{folder}/Containerfile", "--tag", kept, folder)
    docker("tag", kept, name)


def debian() -> None:
    """A Debian 13 with nothing but what it cannot do without."""
    assert shutil.which("debootstrap"), INSTALL_DEBOOTSTRAP
    folder = Path(run(["mktemp", "--directory"]).strip())
    try:
        system = folder / "system"
        run(
            ["debootstrap", "--variant=minbase", "--include=ca-certificates", "trixie", str(system)]
        )
        shutil.copy(AUTHORITIES, system / AUTHORITIES.relative_to("/"))
        shutil.rmtree(system / "var/cache/apt")
        packed = folder / "system.tar"
        run(["tar", "--one-file-system", "-C", str(system), "-cf", str(packed), "."])
        docker("import", str(packed), DEBIAN)
    finally:
        shutil.rmtree(folder)
