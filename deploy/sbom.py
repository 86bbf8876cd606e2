"""Prints the line's bill of materials: every locked package, its version, address and digests.

CycloneDX 1.6, made of requirements.lock and pyproject.toml alone: no network, and the same lock
always gives the same bill. `make sbom` writes it to sbom.json.
"""

import json
import re
import tomllib
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

ROOT = Path(__file__).resolve().parent.parent
LOCKED = re.compile(
    r"^(?P<name>[a-z0-9][a-z0-9.-]*)(?:\[[a-z0-9,-]+\])?=="
    r"(?P<version>[^ ;\\]+)(?: ; (?P<where>[^\\]+?))?"
    r"(?P<hashes>(?: \\\n    --hash=sha256:[0-9a-f]{64})+)$",
    re.M,
)


def bill(lock: str, project: dict[str, Any]) -> dict[str, Any]:
    """The bill of materials of a lock file that uv wrote."""
    line = {"type": "application", "name": project["name"], "version": project["version"]}
    line |= {"bom-ref": line["name"], "licenses": [{"license": {"id": project["license"]}}]}
    parts = [component(found) for found in LOCKED.finditer(lock)]
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid5(NAMESPACE_URL, lock)}",
        "version": 1,
        "metadata": {"component": line},
        "components": parts,
    }


def component(found: re.Match[str]) -> dict[str, Any]:
    """One package. Its digests are those of all its files, of which a machine installs one."""
    name, version, where = found["name"], found["version"], found["where"]
    address = f"pkg:pypi/{name}@{version}"
    digests = re.findall(r"sha256:([0-9a-f]{64})", found["hashes"])
    files = {
        "type": "distribution",
        "url": address,
        "hashes": [{"alg": "SHA-256", "content": digest} for digest in digests],
    }
    made = {"type": "library", "bom-ref": address, "name": name, "version": version}
    made |= {"purl": address, "externalReferences": [files]}
    if where:
        made |= {"properties": [{"name": "kypholine:only-where", "value": where}]}
    return made


def main() -> None:
    """Print the bill of this checkout."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    made = bill((ROOT / "requirements.lock").read_text("utf-8"), project)
    print(json.dumps(made, indent=1))  # noqa: T201 - this is what it is for


if __name__ == "__main__":
    main()
