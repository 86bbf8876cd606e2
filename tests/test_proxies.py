"""The proxies in deploy/: nginx, Caddy and Kubernetes' ingress treat a request alike."""

import re

import pytest
import yaml

from tests.conftest import ROOT
from voice.intake import PATIENT
from voice.speech.take import MOST_BYTES

DEPLOY = ROOT / "deploy"
PLACES = ("/voice", "/console", "/console/recordings")
"""Where a proxy treats requests alike: all that is not staff's, staff's, and their recordings."""

Treated = tuple[int, int, bool]
"""The largest body in kB, how long an answer may take in seconds, whether a POST is sent twice."""


@pytest.mark.parametrize("name", ["nginx.conf", "Caddyfile"])
def test_a_proxy_serves_clips_by_their_digest_only_and_limits_what_comes_in(name):
    text = (DEPLOY / name).read_text("utf-8")
    assert re.search(r"\^/audio/\[0-9a-f\]\{16\}\\\.\(wav\|mp3\)\$", text)
    assert re.search(r"(client_max_body_size|max_size) 64k", text, re.I)
    assert "immutable" in text
    assert "X-Forwarded-For" in text


def test_no_proxy_writes_down_who_asked():
    nginx = (DEPLOY / "nginx.conf").read_text("utf-8")
    assert "access_log off;" in nginx
    assert re.search(r"^error_log \S+ crit;$", nginx, re.M)
    caddy = (DEPLOY / "Caddyfile").read_text("utf-8")
    first = caddy.partition("log default {")[2].partition("\n\t}\n")[0].split()
    assert first == "format filter { wrap json fields { request delete } }".split()
    assert len(re.findall(r"^\s*log\b", caddy, re.M)) == 1  # of the site itself none


def test_who_asks_cannot_bring_an_address_of_their_own_under_a_name_that_reads_alike():
    nginx = (DEPLOY / "nginx.conf").read_text("utf-8")
    assert "underscores_in_headers" not in nginx  # it drops them unless told otherwise
    caddy = (DEPLOY / "Caddyfile").read_text("utf-8")
    every = caddy.partition("(line) {")[2].partition("\n}\n")[0]
    assert re.search(r"^\theader_up -\*_\*$", every, re.M)
    assert caddy.count("import line") == caddy.count("reverse_proxy ") == 2


def kilobytes(size: str) -> int:
    found = re.fullmatch(r"(\d+)(k|m)(?:i?b)?", size, re.I)
    assert found, size
    return int(found[1]) * {"k": 1, "m": 1000}[found[2].lower()]


def by_nginx(place: str) -> Treated:
    text = (DEPLOY / "nginx.conf").read_text("utf-8")
    everywhere = text.partition("http {")[2].partition("server {\n        listen")[0]
    own = re.search(rf"location {place} {{\n(.*?)\n        }}", text, re.S)[1]
    said = re.compile(r"^ +(client_max\w+|proxy_\w+) (.+);$", re.M)
    found = dict(said.findall(everywhere)) | dict(said.findall(own))
    assert found["proxy_request_buffering"] == "on"
    seconds = int(found["proxy_read_timeout"].removesuffix("s"))
    twice = "non_idempotent" in found["proxy_next_upstream"]
    return kilobytes(found["client_max_body_size"]), seconds, twice


def by_caddy(place: str) -> Treated:
    text = (DEPLOY / "Caddyfile").read_text("utf-8")
    staff, _, others = text.partition("handle @staff {")[2].partition("\n\thandle {\n")
    block = staff if place.startswith("/console") else others
    sizes = re.findall(r"max_size (\w+)", block)
    size = kilobytes(sizes[0 if place.endswith("recordings") else -1])
    assert kilobytes(re.search(r"request_buffers (\w+)", block)[1]) >= size
    seconds = int(re.search(r"response_header_timeout (\d+)s", block)[1])
    assert int(re.search(r"\twrite (\d+)s", text)[1]) > seconds
    return size, seconds, bool(re.search(r"lb_retry_match method .*POST", block))


def by_kubernetes(place: str) -> Treated:
    text = (DEPLOY / "kubernetes" / "line.yaml").read_text("utf-8")
    found = {}
    for one in (part for part in yaml.safe_load_all(text) if part["kind"] == "Ingress"):
        for path in one["spec"]["rules"][0]["http"]["paths"]:
            found[path["path"]] = one["metadata"]["annotations"]
    path = max((path for path in found if place.startswith(path)), key=len)
    told = {name.rpartition("/proxy-")[2]: value for name, value in found[path].items()}
    assert told["request-buffering"] == "on"
    twice = "non_idempotent" in told["next-upstream"]
    return kilobytes(told["body-size"]), int(told["read-timeout"]), twice


@pytest.mark.parametrize("place", PLACES)
def test_the_three_proxies_treat_a_request_alike(place):
    staff = place.startswith("/console")
    size, seconds, twice = by_nginx(place)
    assert by_caddy(place) == (size, seconds, twice)
    assert by_kubernetes(place) == (size, seconds, twice)
    assert twice is not staff
    assert seconds > 60 if staff else seconds < 15


@pytest.mark.parametrize("read", [by_nginx, by_caddy, by_kubernetes])
def test_a_proxy_lets_the_line_itself_say_that_a_recording_is_too_large(read):
    assert read("/console/recordings")[0] * 1000 > 1.5 * MOST_BYTES


@pytest.mark.parametrize(
    ("name", "place", "lets_go"),
    [
        ("nginx.conf", "upstream line {", r"\n        keepalive_timeout (\d+)s;"),
        ("Caddyfile", "transport http {", r"\n\t+keepalive (\d+)s\n"),
    ],
)
def test_a_proxy_lets_go_of_an_idle_connection_before_the_line_does(name, place, lets_go):
    """Else a request may be on its way while the line closes: a form of staff is not sent again."""
    text = (ROOT / "deploy" / name).read_text("utf-8")
    seconds = [int(found) for found in re.findall(lets_go, text)]
    assert len(seconds) == text.count(place)
    assert max(seconds) < PATIENT
