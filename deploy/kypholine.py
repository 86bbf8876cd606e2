#!/usr/bin/env python3
"""Runs a command of the line as its service runs: user, folder, settings, and so the same store.

    sudo ln -s /opt/kypholine/deploy/kypholine.py /usr/local/bin/kypholine
    sudo kypholine doctor
    sudo kypholine restore.sh /var/backups/kypholine/kypholine-....tar.gz

All of it is read from the installed unit and the files it names. No value becomes a word of a
command, where everybody on the machine could read it; nothing of the caller's own environment
counts but the terminal and the language. KYPHOLINE_UNIT names another unit.
"""

import os
import pwd
import re
import shlex
import sys
from pathlib import Path
from typing import NoReturn

UNIT = "/etc/systemd/system/kypholine.service"
SCRIPTS = ("backup.sh", "restore.sh")
KEPT = ("TERM", "LANG", "LC_ALL", "NO_COLOR")
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
PIECE = re.compile(r"\s*(?:'([^']*)'|\"((?:[^\"\\]|\\.)*)\"|((?![\s'\"])(?:[^\\]|\\.)+))")


def main(words: list[str]) -> NoReturn:
    """Become the command."""
    unit = lines_of(Path(os.environ.get("KYPHOLINE_UNIT", UNIT)))
    settings = settings_of(unit)
    become(unit["User"][-1], settings)
    os.chdir(unit["WorkingDirectory"][-1])
    os.umask(int(unit.get("UMask", ["0022"])[-1], 8))
    python = shlex.split(unit["ExecStart"][-1])[0]
    command = [python, "-m", "voice", *words]
    if words and words[0] in SCRIPTS:
        settings.setdefault("PYTHON", python)
        command = [str(Path(__file__).resolve().parent / words[0]), *words[1:]]
    os.execve(command[0], command, settings)  # noqa: S606 - what the operator asked for


def lines_of(file: Path) -> dict[str, list[str]]:
    """What a unit says of its service: each name with its values, in their order."""
    found: dict[str, list[str]] = {}
    service = file.read_text("utf-8").partition("[Service]")[2].partition("\n[")[0]
    for name, value in re.findall(r"^(\w+)=(.*)$", service, re.M):
        found.setdefault(name, []).append(value.strip())
    return found


def settings_of(unit: dict[str, list[str]]) -> dict[str, str]:
    """The environment of the service; a file's values count before those of the unit."""
    found = {name: os.environ[name] for name in KEPT if name in os.environ}
    found["PATH"] = PATH
    for line in unit.get("Environment", ()):
        found.update(word.split("=", 1) for word in shlex.split(line))
    for name in unit.get("EnvironmentFile", ()):
        file = Path(name.removeprefix("-"))
        if file.exists() or not name.startswith("-"):
            found.update(values_in(file.read_text("utf-8")))
    return found


def values_in(text: str) -> dict[str, str]:
    """What an EnvironmentFile sets, as systemd.exec(5) has it."""
    found = {}
    for line in re.sub(r"(?<!\\)\\\n", "", text).splitlines():
        name, mark, value = line.partition("=")
        if mark and name.strip().isidentifier():
            found[name.strip()] = "".join(map(plain, PIECE.findall(value)))
    return found


def plain(piece: tuple[str, str, str]) -> str:
    """A piece of a value: in single quotes, in double quotes, or bare to the end of the line."""
    single, double, bare = piece
    return single + re.sub(r'\\(["\\`$])', r"\1", double) + re.sub(r"\\(.)", r"\1", bare.rstrip())


def become(name: str, settings: dict[str, str]) -> None:
    """Be this user from now on, and nobody else."""
    user = pwd.getpwnam(name)
    settings.update(HOME=user.pw_dir, USER=name, LOGNAME=name)
    if os.geteuid() == 0:
        os.initgroups(name, user.pw_gid)
        os.setgid(user.pw_gid)
        os.setuid(user.pw_uid)
    elif os.geteuid() != user.pw_uid:
        sys.exit(f"only root and {name} may do this: use sudo")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (OSError, KeyError) as problem:
        sys.exit(f"kypholine: {problem}")
