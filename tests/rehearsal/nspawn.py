"""A Debian of its own under systemd-nspawn: made by debootstrap, booted, typed at, ended.

It has no network but its own loopback, which nobody else shares: what it takes from outside is
fetched before it boots. REHEARSAL names the folder in which that is kept from run to run.
"""

import ctypes
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from tests.conftest import ROOT
from tests.failure.machine import wait_until

SUITE, PYTHON = "bookworm", "3.11"
"""A Debian, and the Python that it has."""
BARE = "ca-certificates curl dbus iproute2 libpam-systemd openssl procps sudo systemd-sysv".split()
"""What Debian's own installer puts on a server beside the base."""
NEEDED = {
    "debootstrap": "debootstrap",
    "systemd-nspawn": "systemd-container",
    "nsenter": "util-linux",
    "git": "git",
}
"""Programs, and the packages that bring them."""
ENGINEER = "engineer"
"""Who types: a user of the machine who may use sudo."""
HIERARCHIES = ("/sys/fs/cgroup/systemd", "/sys/fs/cgroup/unified", "/sys/fs/cgroup")
"""Where Linux keeps groups of processes: the first two on a machine that has both kinds."""
WHEELS, SOURCE = "/srv/wheels", "/srv/kypholine.git"
"""Where the machine finds what pip would fetch, and the repository."""
PIP = f"[global]\nno-index = yes\nfind-links = {WHEELS}\n"
PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
NETWORK = 0x40000000
"""Linux's name for a namespace of networks."""


def see_to_needs() -> None:
    """Say what is missing here, all of it, and how to get it."""
    packages = sorted({NEEDED[name] for name in NEEDED if shutil.which(name) is None})
    missing = [f"apt-get install {' '.join(packages)}"] if packages else []
    if os.geteuid() != 0:
        missing.append("be root (sudo make rehearsal)")
    assert not missing, f"To rehearse on a machine with systemd: {'; '.join(missing)}."


def kept_in() -> Path:
    """The folder in which things are kept from run to run."""
    default = Path(tempfile.gettempdir()) / "kypholine-rehearsal"
    folder = Path(os.environ.get("REHEARSAL", default))
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    return folder


def debian(packages: Iterable[str]) -> Path:
    """A tree of Debian with these packages, made where there is none yet."""
    names = ",".join(sorted({*BARE, *packages}))
    tree = kept_in() / f"{SUITE}-{sha256(names.encode()).hexdigest()[:8]}"
    if not tree.exists():
        unfinished = Path(tempfile.mkdtemp(prefix="unfinished-", dir=kept_in()))
        unfinished.chmod(0o755)
        run("debootstrap", "--variant=minbase", f"--include={names}", SUITE, str(unfinished))
        unfinished.rename(tree)
    return tree


def wheels() -> Path:
    """Every package of requirements.lock, for the machine's Python."""
    lock = ROOT / "requirements.lock"
    folder = kept_in() / f"wheels-{sha256(lock.read_bytes()).hexdigest()[:8]}"
    if not folder.exists():
        unfinished = Path(tempfile.mkdtemp(prefix="unfinished-", dir=kept_in()))
        unfinished.chmod(0o755)
        pip = (sys.executable, "-m", "pip", "download", "--quiet", "--no-deps")
        only = ("--only-binary=:all:", f"--python-version={PYTHON}", "--require-hashes")
        run(*pip, *only, "--requirement", str(lock), "--dest", str(unfinished))
        unfinished.rename(folder)
    return folder


def repository(folder: Path) -> Path:
    """What lies here, committed or not, as a repository that can be cloned."""
    run("git", "init", "--quiet", "--bare", "--initial-branch=main", str(folder))
    commit(folder, ROOT, "What is rehearsed")
    return folder


def commit(bare: Path, tree: Path, subject: str) -> None:
    """Add all that stands in a tree to a bare repository."""
    git = ("git", f"--git-dir={bare}", f"--work-tree={tree}", "-c", "user.name=rehearsal")
    run(*git, "add", "--all")
    run(*git, "-c", "user.email=rehearsal@line.example", "commit", "--quiet", "-m", subject)


def run(*command: str) -> str:
    """What a command says; that it fails is told with its last words."""
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    last = (done.stdout + done.stderr)[-2000:]
    assert done.returncode == 0, f"{shlex.join(command)} failed ({done.returncode}):\n{last}"
    return done.stdout


@dataclass
class Machine:
    """A Debian that can be booted, and what is typed at it."""

    tree: Path
    source: Path
    name: str
    process: "subprocess.Popen[bytes] | None" = None
    leader: int = 0
    """Its first process, as this machine knows it."""
    _sockets: ThreadPoolExecutor | None = None

    def boot(self) -> None:
        """Switch it on, and wait until systemd has started what it starts."""
        binds = (f"--bind-ro={wheels()}:{WHEELS}", f"--bind-ro={self.source}:{SOURCE}")
        own = (f"--machine={self.name}", "--private-network", "--quiet")
        with self.tree.with_suffix(".console").open("ab") as console:
            self.process = subprocess.Popen(
                [*grouped(self.name), *own, *binds, "-D", self.tree, "--boot"],
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                start_new_session=True,
            )
        wait_until(self._led, f"it never booted: {self.tree.with_suffix('.console')}", 60)
        wait_until(lambda: self._state() in ("running", "degraded"), "it never was up", 90)

    def _led(self) -> bool:
        """Whether systemd is there; nspawn has other children before it."""
        assert self.process is not None
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        try:
            self.leader = int(children.read_text().split()[0])
            return os.readlink(f"/proc/{self.leader}/exe").endswith("/systemd")
        except (OSError, IndexError):
            return False

    def _state(self) -> str:
        return self.as_root("systemctl is-system-running").stdout.strip()

    @property
    def root(self) -> Path:
        """Its files as it sees them itself, with what is mounted there."""
        return Path(f"/proc/{self.leader}/root")

    def type(self, command: str) -> str:
        """What a command says that the engineer types; it has to succeed."""
        done = self._in(["su", "-", ENGINEER, "-c", command])
        last = (done.stdout + done.stderr)[-2000:]
        assert done.returncode == 0, f"{command} failed ({done.returncode}):\n{last}"
        return done.stdout

    def as_root(self, command: str) -> subprocess.CompletedProcess[str]:
        """What becomes of a command of root's, for what is not in the handbook."""
        return self._in(["sh", "-c", command])

    def _in(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        spaces = ["--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup"]
        enter = ["nsenter", f"--target={self.leader}", *spaces, "--", "/usr/bin/env", "-i", PATH]
        return subprocess.run(
            [*enter, "TERM=dumb", "LANG=C.UTF-8", *command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=900,
        )

    def socket(self, address: tuple[str, int], timeout: float) -> socket.socket:
        """A connection to an address as this machine knows it, usable from here."""
        if self._sockets is None:
            self._sockets = ThreadPoolExecutor(8, initializer=enter_network, initargs=[self.leader])
        return self._sockets.submit(socket.create_connection, address, timeout).result()

    def off(self) -> None:
        """Switch it off, as its button does."""
        if self._sockets is not None:
            self._sockets.shutdown()
            self._sockets = None
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(90)
        except subprocess.TimeoutExpired:
            os.kill(self.leader, signal.SIGKILL)
            self.process.wait(30)
        self.process = None
        leave_no_group(self.name)


def grouped(name: str) -> list[str]:
    """The command that starts a machine in a group of processes of its own.

    Where systemd runs it makes one. Elsewhere two machines would be one group, and each would end
    what the other runs.
    """
    if Path("/run/systemd/system").exists():
        return ["systemd-nspawn"]
    groups = groups_of(name)
    for group in groups:
        group.mkdir()
    enter = [f"echo $$ > {group}/cgroup.procs" for group in groups]
    start = 'exec systemd-nspawn --register=no --keep-unit "$@"'
    return ["sh", "-c", "; ".join((*enter, start)), "sh"]


def groups_of(name: str) -> list[Path]:
    """A machine's groups of processes, be they there or not."""
    there = [Path(one) for one in HIERARCHIES if (Path(one) / "cgroup.procs").exists()]
    return [one / name for one in there]


def leave_no_group(name: str) -> None:
    """Take away the groups of a machine that is off."""
    for group in groups_of(name):
        for folder, _, _ in os.walk(group, topdown=False):
            os.rmdir(folder)


def enter_network(pid: int) -> None:
    """Let this thread be in the network of a process from now on."""
    library = ctypes.CDLL(None, use_errno=True)
    with open(f"/proc/{pid}/ns/net") as space:
        if library.setns(space.fileno(), NETWORK) != 0:
            raise OSError(ctypes.get_errno(), f"the network of {pid} cannot be entered")


@contextmanager
def machine(packages: Iterable[str], hosts: Iterable[str]) -> Iterator[Machine]:
    """A booted Debian with an engineer on it; it is off and gone after the block."""
    see_to_needs()
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=kept_in()))
    made = Machine(folder / "tree", folder / "kypholine.git", f"line-{os.getpid()}")
    try:
        run("cp", "--archive", "--reflink=auto", str(debian(packages)), str(made.tree))
        repository(made.source)
        names = " ".join(("localhost", "line", *hosts))
        (made.tree / "etc/hostname").write_text("line\n")
        (made.tree / "etc/hosts").write_text(f"127.0.0.1 {names}\n")
        (made.tree / "etc/pip.conf").write_text(PIP)
        may = made.tree / "etc/sudoers.d/engineer"
        may.write_text(f"{ENGINEER} ALL=(ALL) NOPASSWD: ALL\n")
        may.chmod(0o440)
        chroot = ("chroot", str(made.tree), "useradd", "--create-home", "--shell", "/bin/bash")
        run(*chroot, ENGINEER)
        made.boot()
        yield made
    finally:
        made.off()
        shutil.rmtree(folder, ignore_errors=True)
