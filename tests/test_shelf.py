"""The short way to a clip answers what the long one does, and leaves it what it does not know."""

from hashlib import sha256
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import Client, TestResponse

from tests.test_web import SOUND, clip_of, without_files
from voice import shelf
from voice.shelf import Shelf
from voice.speech.clips import Manifest

DIGEST = sha256(SOUND).hexdigest()
CLIP = clip_of("Hello.", "en-US", 500)
Counted = list[tuple[str, int]]


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    folder = tmp_path_factory.mktemp("audio")
    (folder / CLIP.name).write_bytes(SOUND)
    manifest = Manifest({CLIP.key: CLIP}, {})
    return Shelf(folder, lambda: manifest)


@pytest.fixture(scope="module")
def long_way(clips: Shelf) -> Flask:
    app = Flask("clips")
    app.register_blueprint(shelf.blueprint(clips))
    return app


@pytest.fixture
def counted() -> Counted:
    return []


@pytest.fixture
def short(clips: Shelf, long_way: Flask, counted: Counted) -> Client:
    def count(endpoint: str, status: int, seconds: float) -> None:
        assert seconds >= 0
        counted.append((endpoint, status))

    headers = {"X-Content-Type-Options": "nosniff"}
    return Client(shelf.before(long_way.wsgi_app, clips, headers, count))


def told(answer: TestResponse) -> dict[str, str]:
    headers = {name: value for name, value in answer.headers.items() if name != "Date"}
    return headers | {"status": str(answer.status_code), "body": answer.data.hex()}


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({}, 200),
        ({"If-None-Match": f'"{DIGEST}"'}, 304),
        ({"If-None-Match": f'"{DIGEST}"', "Range": "bytes=0-9"}, 304),
        ({"Range": "bytes=0-9"}, 206),
        ({"Range": "bytes=0-0"}, 206),
        ({"Range": "bytes=1000-"}, 206),
        ({"Range": "bytes=1000-99999999"}, 206),
    ],
)
def test_the_short_way_says_what_the_long_one_does(
    short: Client, long_way: Flask, counted: Counted, asked: dict[str, str], status: int
) -> None:
    answer = short.get(f"/audio/{CLIP.name}", headers=asked)
    assert (answer.status_code, counted) == (status, [("shelf.audio", status)])
    expected = told(long_way.test_client().get(f"/audio/{CLIP.name}", headers=asked))
    assert told(answer) == expected | {"X-Content-Type-Options": "nosniff"}


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"If-None-Match": '"other"'}, 200),
        ({"If-None-Match": "*"}, 304),
        ({"Range": "bytes=-5"}, 206),
        ({"Range": "bytes=9-2"}, 200),
        ({"Range": "bytes=99999-"}, 416),
        ({"Range": "bytes=0-1,4-5"}, 200),
        ({"Range": "bytes=0-9", "If-Range": '"other"'}, 200),
        ({"If-Match": '"other"'}, 412),
    ],
)
def test_the_rest_goes_the_long_way(
    short: Client, long_way: Flask, counted: Counted, asked: dict[str, str], status: int
) -> None:
    answer = short.get(f"/audio/{CLIP.name}", headers=asked)
    expected = long_way.test_client().get(f"/audio/{CLIP.name}", headers=asked)
    assert (told(answer), counted) == (told(expected), [])
    assert answer.status_code == status


@pytest.mark.parametrize("name", ["", "none.wav", "../secret", f"{CLIP.name}/", CLIP.name.upper()])
def test_what_is_no_clip_is_not_answered_in_short(
    short: Client, counted: Counted, name: str
) -> None:
    assert short.get(f"/audio/{name}").status_code == 404
    assert counted == []


def test_a_clip_with_other_bytes_is_not_served(short: Client, clips: Shelf) -> None:
    path = clips.folder / CLIP.name
    path.write_bytes(SOUND + b"x")
    assert short.get(f"/audio/{CLIP.name}").status_code == 404
    path.write_bytes(SOUND)
    assert short.get(f"/audio/{CLIP.name}").status_code == 200


def test_head_goes_the_long_way(short: Client, counted: Counted) -> None:
    answer = short.head(f"/audio/{CLIP.name}")
    assert (answer.status_code, answer.data, counted) == (200, b"", [])
    assert Path(CLIP.name).suffix == ".wav"


def test_a_clip_that_cannot_be_opened_just_now_is_not_called_missing(
    short: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with without_files():
        busy = short.get(f"/audio/{CLIP.name}")
    assert busy.status_code == 503
    assert "a clip cannot be read just now: Too many open files" in caplog.messages
    assert short.get(f"/audio/{CLIP.name}").data == SOUND
