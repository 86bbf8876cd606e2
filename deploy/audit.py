"""Asks whether faults are known of what is locked, and says plainly where nobody could answer.

    python deploy/audit.py PIP_AUDIT LOCK

PIP_AUDIT is that program; it asks PyPI. Ends with 1 where a fault is known, else with 0: that
there was no answer is said, and fails nothing.
"""

import json
import subprocess
import sys
from typing import Any

HOW = ("--disable-pip", "--require-hashes", "--progress-spinner=off", "--format=json")
NOT_ASKED = "NOT AUDITED: whether faults of these packages are known could not be asked"


def main(program: str, lock: str) -> int:
    """Ask, and say what was answered."""
    command = [program, "--requirement", lock, *HOW]
    done = subprocess.run(command, capture_output=True, text=True)  # noqa: S603 - by make alone
    try:
        lines, code = told(json.loads(done.stdout)["dependencies"])
    except (ValueError, KeyError):
        last = done.stderr.strip().rpartition("\n")[2]
        lines, code = [f"{NOT_ASKED}: no answer from the network ({last[:200]})"], 0
    print("\n".join(lines))  # noqa: T201 - this is what it is for
    return code


def told(packages: list[dict[str, Any]]) -> tuple[list[str], int]:
    """What there is to say of the packages, and how the program ends."""
    asked = [one for one in packages if "version" in one]
    unknown = [one["name"] for one in packages if "version" not in one]
    lines = [
        f"{one['name']} {one['version']}: {fault['id']}, mended in {fault['fix_versions']}"
        for one in asked
        for fault in one["vulns"]
    ]
    code = 1 if lines else 0
    if unknown or not asked:
        lines.append(f"{NOT_ASKED}: {', '.join(unknown) or 'there are none'}")
    lines.append(f"{len(asked)} packages asked about, {sum(map(faulty, asked))} with known faults")
    return lines, code


def faulty(package: dict[str, Any]) -> bool:
    """Whether a fault of a package is known."""
    return bool(package["vulns"])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
