"""nginx with the configuration that is shipped, on ports and a certificate of its own."""

import datetime
import os
import shutil
import ssl
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPSConnection
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.conftest import ROOT
from tests.failure.machine import wait_until
from voice.bench.place import free_port

HOST = "line.example.org"


def certify(folder: Path) -> None:
    """A key and a certificate for HOST, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    now = datetime.datetime.now(datetime.UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now).not_valid_after(now + datetime.timedelta(days=1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
    signed = made.sign(key, hashes.SHA256())
    (folder / "fullchain.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    kind = serialization.PrivateFormat.PKCS8
    bare = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, kind, bare)
    (folder / "privkey.pem").write_bytes(pem)


def configured(folder: Path, machines: Sequence[int], clips: Path, port: int) -> str:
    """The shipped configuration with nothing changed but what its head names, and the ports."""
    servers = "\n".join(
        f"        server 127.0.0.1:{one} max_fails=3 fail_timeout=2s;" for one in machines
    )
    changes = {
        "user www-data;": "user root;" if os.geteuid() == 0 else "",
        "pid /run/nginx.pid;": f"pid {folder}/nginx.pid;",
        "/var/log/nginx/error.log": f"{folder}/error.log",
        "        server 127.0.0.1:8000 max_fails=3 fail_timeout=2s;": servers,
        "listen 80;": f"listen 127.0.0.1:{free_port()};",
        "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
        "/etc/letsencrypt/live/line.example.org": str(folder),
        "root /var/lib/kypholine;": f"root {clips};",
    }
    text = (ROOT / "deploy" / "nginx.conf").read_text("utf-8")
    for shipped, here in changes.items():
        assert shipped in text, shipped
        text = text.replace(shipped, here)
    return text


@contextmanager
def proxy(folder: Path, machines: Sequence[int], clips: Path) -> Iterator[int]:
    """A running nginx before these machines; its TLS port."""
    nginx = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    assert nginx, "this needs nginx: apt-get install nginx-light"
    certify(folder)
    port = free_port()
    file = folder / "nginx.conf"
    file.write_text(configured(folder, machines, clips, port))
    process = subprocess.Popen([nginx, "-c", str(file), "-g", "daemon off;"])
    try:
        wait_until(lambda: answers(port, "/healthz") == 200, "nginx does not answer")
        yield port
    finally:
        process.terminate()
        process.wait(30)


def connection(port: int, timeout: float = 15) -> HTTPSConnection:
    """TLS to the proxy; who it is, is not looked at."""
    context = ssl._create_unverified_context()  # noqa: S323 - our own certificate of today
    return HTTPSConnection("127.0.0.1", port, timeout=timeout, context=context)


def answers(port: int, path: str) -> int:
    """The status of a page; 0 where none comes."""
    asked = connection(port)
    try:
        asked.request("GET", path, headers={"Host": HOST})
        return asked.getresponse().status
    except OSError:
        return 0
    finally:
        asked.close()
