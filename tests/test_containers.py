"""What containers are built and started with: deploy/Containerfile and deploy/compose.yaml."""

import ast
import re
from fnmatch import fnmatch
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT
from tests.test_deploy import BUSY_START

DEPLOY = ROOT / "deploy"


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    text = (DEPLOY / "compose.yaml").read_text("utf-8")
    found: dict[str, Any] = yaml.safe_load(text)["services"]
    return found


@pytest.mark.parametrize("name", ["app1", "app2"])
def test_a_machine_of_the_compose_file_counts_as_well_when_it_can_serve(services, name):
    health = services[name]["healthcheck"]
    assert health["test"][:2] == ["CMD", "python"]
    assert f"127.0.0.1:{services[name]['environment']['PORT']}/readyz" in health["test"][-1]
    ast.parse(health["test"][-1])
    assert health["start_period"] == f"{BUSY_START // 60}m"


def test_the_machines_of_the_compose_file_are_of_one_image_built_once(services):
    one, two = services["app1"], services["app2"]
    assert one["build"]["dockerfile"] == "deploy/Containerfile"
    assert {name: value for name, value in one.items() if name != "build"} == two
    assert (two["image"], two["pull_policy"]) == ("kypholine", "never")


def test_no_containers_log_fills_the_disk(services):
    for service in services.values():
        kept = service["logging"]
        assert kept["driver"] == "json-file"
        assert set(kept["options"]) == {"max-size", "max-file"}


def test_git_never_takes_what_holds_secrets_or_patients():
    told = (DEPLOY / "compose.yaml").read_text("utf-8")
    told += (ROOT / "docs" / "operations.md").read_text("utf-8").partition("### With compose")[2]
    written = set(re.findall(r"deploy/(?:line)?\.env\b", told))
    written |= set(re.findall(r"> (\w+\.(?:sql|dump(?:\.new)?))\b", told)) | {"kypholine.dump"}
    assert len(written) == 5, written
    patterns = (ROOT / ".gitignore").read_text("utf-8").splitlines()
    assert all(any(fnmatch(file, pattern) for pattern in patterns) for file in written)


def test_an_image_lets_its_user_read_what_others_may_not_where_it_was_built():
    made, _, run = (DEPLOY / "Containerfile").read_text("utf-8").partition("\n\nFROM ")
    assert made.endswith("chmod -R a+rX .")
    assert re.findall(r"^COPY .*$", run, re.M) == ["COPY --from=made /app /app"]


def test_no_container_opens_the_lines_port_to_the_world():
    text = (DEPLOY / "Containerfile").read_text("utf-8")
    assert re.findall(r"-p (\S+)", text) == ["127.0.0.1:8000:8000"]
