"""The bill of materials says what the lock says; an audit says what nobody could answer."""

import json
import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT

LOCK = (ROOT / "requirements.lock").read_text("utf-8")


def run(*command: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, *command], capture_output=True, text=True, cwd=ROOT)


@pytest.fixture(scope="module")
def bill() -> Any:
    """The bill of materials as `make sbom` writes it."""
    return json.loads(run("deploy/sbom.py").stdout)


def test_the_bill_lists_every_locked_package_with_its_version_and_every_digest(bill: Any) -> None:
    locked = re.findall(r"^([^\s#=[]+)(?:\[.+\])?==([^\s;]+)", LOCK, re.M)
    listed = [(one["name"], one["version"]) for one in bill["components"]]
    assert sorted(listed) == sorted(locked)
    assert len(listed) > 50
    digests = re.findall(r"--hash=sha256:([0-9a-f]{64})", LOCK)
    files = [one["externalReferences"][0]["hashes"] for one in bill["components"]]
    assert sorted(row["content"] for rows in files for row in rows) == sorted(digests)
    assert all(files)


def test_the_bill_is_one_that_programs_can_read_and_compare(bill: Any) -> None:
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert bill["metadata"]["component"]["name"] == "kypholine"
    addresses = [one["bom-ref"] for one in bill["components"]]
    assert len(set(addresses)) == len(addresses)
    numpy = [one for one in bill["components"] if one["name"] == "numpy"]
    assert all(one["purl"] == f"pkg:pypi/numpy@{one['version']}" for one in numpy)
    assert all("python_full_version" in one["properties"][0]["value"] for one in numpy)
    assert json.loads(run("deploy/sbom.py").stdout) == bill


CLEAN = {"name": "flask", "version": "3.1.3", "vulns": []}
FAULTY = {"name": "x", "version": "1", "vulns": [{"id": "CVE-0", "fix_versions": ["1.1"]}]}
UNKNOWN = {"name": "granian", "skip_reason": "not found"}


@pytest.mark.parametrize(
    ("answer", "code", "said"),
    [
        ({"dependencies": [CLEAN]}, 0, ["1 packages asked about, 0 with known faults"]),
        ({"dependencies": [CLEAN, FAULTY]}, 1, ["x 1: CVE-0, mended in ['1.1']", "2 packages"]),
        ({"dependencies": [CLEAN, UNKNOWN]}, 0, ["NOT AUDITED", "granian", "1 packages asked"]),
        ({"dependencies": [FAULTY, UNKNOWN]}, 1, ["CVE-0", "NOT AUDITED"]),
        ({"dependencies": []}, 0, ["NOT AUDITED"]),
        (None, 0, ["NOT AUDITED", "no answer from the network (no route to host)"]),
    ],
    ids=["clean", "faulty", "some unknown", "faulty and unknown", "nothing", "no network"],
)
def test_an_audit_fails_on_a_known_fault_and_says_what_could_not_be_asked(
    tmp_path: Path, answer: object, code: int, said: list[str]
) -> None:
    says = f"echo '{json.dumps(answer)}'" if answer else "echo 'no route to host' >&2; exit 1"
    program = tmp_path / "pip-audit"
    program.write_text(f"#!/bin/sh\n{says}\n".replace("['1.1']", "1.1"))
    program.chmod(0o755)
    done = run("deploy/audit.py", str(program), "requirements.lock")
    assert done.returncode == code, done.stderr
    assert [words for words in said if words not in done.stdout] == []


def test_every_lock_agrees_with_what_the_line_is_installed_with() -> None:
    """The tests run on what patients get: the same version of every package."""
    installed = dict(re.findall(r"^([^\s#=]+)==([^\\]+?) \\$", LOCK, re.M))
    for name in ("requirements-dev.lock", "requirements-soak.lock"):
        text = (ROOT / name).read_text("utf-8")
        theirs = dict(re.findall(r"^([^\s#=]+)==([^\\]+?) \\$", text, re.M))
        assert {one: theirs[one] for one in installed} == installed, name


@pytest.mark.parametrize("name", ["requirements-dev.lock", "requirements-soak.lock"])
def test_what_is_asked_for_with_an_extra_is_locked_with_it(name: str) -> None:
    """Else pip 23.2, which a venv of Python 3.11 has, takes the newest, and refuses it.

    A fresh install failed the day after coverage had a new version: only `coverage` was locked,
    and pytest-cov asks for `coverage[toml]`.
    """
    text = (ROOT / name).read_text("utf-8")
    locked = dict(re.findall(r"^([^\s#=[]+)(?:\[(.+)\])?==", text, re.M))
    wanted = [asked for part in locked for asked in with_extras(part)]
    assert "coverage[toml]" in wanted
    here = {f"{part}[{extra}]" for part, extras in locked.items() for extra in extras.split(",")}
    assert [asked for asked in wanted if asked not in here] == []


def with_extras(part: str) -> list[str]:
    """What an installed package asks for, `name[extra]` each; nothing where it is not installed."""
    try:
        lines = requires(part) or []
    except PackageNotFoundError:
        return []
    asked = [re.match(r"([\w.-]+)\[([\w,-]+)\](?!.*extra ==)", line) for line in lines]
    return [f"{one[1].lower()}[{extra}]" for one in asked if one for extra in one[2].split(",")]
