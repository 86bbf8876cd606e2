"""The Kubernetes manifests without a cluster: as Kubernetes' own schemas want them, and as one pod.

The pod is podman's. It knows of the manifest what the machine it makes needs: user, rights,
volumes, settings. It carries out no probe and no service; what the probes ask is asked here.
"""

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.conftest import ROOT
from tests.failure.crowd import plain, send
from tests.failure.machine import wait_until
from tests.rehearsal.images import OWN, base_images, docker, run, works
from tests.rehearsal.stack import changed, copied, filled_in, head, settings
from voice.bench.place import free_port

pytestmark = pytest.mark.rehearsal

MANIFEST = ROOT / "deploy" / "kubernetes" / "line.yaml"
POD = "line-pod-0"
"""What podman calls the first pod of the deployment."""
LINE = f"{POD}-line"
DATABASE = f"{OWN}-store"


def program(name: str, how: str) -> str:
    found = shutil.which(name)
    assert found, f"this needs {name}: {how}"
    return found


def podman(*words: str) -> str:
    return run([program("podman", "apt-get install podman catatonit"), *words])


def removed(*words: str) -> None:
    """Take away what may not be there."""
    subprocess.run(["podman", *words], capture_output=True)


def secret(folder: Path) -> dict[str, str]:
    """The secret `line` as the head of the manifest has it made, without a cluster."""
    made = next(command for command in head(MANIFEST) if "create secret" in command).split()
    kubectl = program("kubectl", "apt-get install kubernetes-client")
    told = run([kubectl, *made[1:], "--dry-run=client", "--output=json"], cwd=folder)
    sealed: dict[str, str] = json.loads(told)["data"]
    return sealed


def test_every_object_is_what_kubernetes_own_schemas_allow() -> None:
    validate = program("kubernetes-validate", "pip install kubernetes-validate, in a venv on PATH")
    said = run([validate, "--strict", str(MANIFEST)])
    objects = list(yaml.safe_load_all(MANIFEST.read_text("utf-8")))
    assert said.count(" passed for resource ") == len(objects) == 8


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository, with a line.env for a cluster."""
    folder = copied(tmp_path_factory.mktemp("cluster"))
    shutil.copy(folder / "deploy" / "env.example", folder / "line.env")
    filled_in(folder / "line.env")
    return folder


def lent(file: Path, name: str) -> tuple[str, str]:
    """Take an image of Docker's over; older Dockers do not write down whose it is."""
    docker("save", "--output", str(file), name)
    loaded = podman("load", "--quiet", "--input", str(file)).split()[-1]
    full = f"docker.io/library/{name}"
    podman("tag", loaded, full)
    return loaded, full


@pytest.fixture(scope="module")
def image(folder: Path) -> Iterator[None]:
    """The image where podman has its own, by the name that the manifest gives it."""
    with base_images():
        build, _ = head(folder / "deploy" / "Containerfile")
        run(build.replace("-t kypholine", "-t kypholine:1").split(), cwd=folder)
        kept = [lent(folder / "image.tar", name) for name in ("kypholine:1", "postgres:17")]
        yield
        works("rmi", "kypholine:1")
        for name in {one for names in kept for one in names}:
            removed("rmi", name)


@pytest.fixture
def database(image: None) -> Iterator[str]:
    """The address of a PostgreSQL that runs elsewhere."""
    given = [f"--env=POSTGRES_{name}" for name in ("USER=line", "DB=line", "PASSWORD=secret")]
    try:
        podman("run", "--detach", f"--name={DATABASE}", *given, "docker.io/library/postgres:17")
        network = podman("inspect", "--format", "{{.NetworkSettings.IPAddress}}", DATABASE)
        yield f"postgresql://line:secret@{network.strip()}/line"
    finally:
        removed("rm", "--force", "--volumes", DATABASE)


@pytest.fixture
def port(database: str, folder: Path) -> Iterator[int]:
    """The port of a pod that was just made."""
    port, manifest = free_port(), folder / "deploy" / "kubernetes" / "line.yaml"
    here = f"containerPort: 8000, hostPort: {port}, hostIP: 127.0.0.1}}"
    changed(manifest, {"containerPort: 8000}": here})
    settings(folder / "line.env", {"DATABASE_URL": database})
    data = folder / "secret.json"
    data.write_text(json.dumps(secret(folder)))
    podman("secret", "create", "line", str(data))
    try:
        podman("kube", "play", str(manifest))
        yield port
    finally:
        removed("kube", "down", str(manifest))
        removed("secret", "rm", "line")
        removed("volume", "rm", "data", "tmp")


def test_a_pod_of_the_manifest_starts_serves_and_stops_in_its_time(port: int) -> None:
    parts = {part["kind"]: part for part in yaml.safe_load_all(MANIFEST.read_text("utf-8"))}
    pod = parts["Deployment"]["spec"]["template"]["spec"]
    line = pod["containers"][0]
    startup, wait = line["startupProbe"], line["lifecycle"]["preStop"]["exec"]["command"]
    within = startup["periodSeconds"] * startup["failureThreshold"]
    for probe in (startup, line["readinessProbe"], line["livenessProbe"]):
        path = probe["httpGet"]["path"]
        wait_until(lambda path=path: answers(port, path), f"{path}: it is not", within)
    status = podman("exec", LINE, "cat", "/proc/1/status")
    assert "Uid:\t10001\t10001" in status
    assert "CapBnd:\t0000000000000000" in status
    podman("exec", LINE, "touch", "/data/anything", "/tmp/anything")  # noqa: S108 - in the pod
    with pytest.raises(AssertionError, match="Read-only file system"):
        podman("exec", LINE, "touch", "/app/anything")
    begun = time.monotonic()
    podman("exec", LINE, *wait)
    podman("stop", "--time", str(pod["terminationGracePeriodSeconds"]), LINE)
    assert time.monotonic() - begun < pod["terminationGracePeriodSeconds"] / 2
    assert podman("inspect", "--format", "{{.State.ExitCode}}", LINE).strip() == "0"


def answers(port: int, path: str) -> bool:
    return send(plain(port), path, b"", {}, "GET")[0] == 200
