"""The clips at /audio/<name>: only what the manifest lists, and only the bytes it recorded.

What machines ask for all day, a clip, a stretch of it, or whether it is still the same, is answered
before Flask sees it (`before`); everything else about a clip, and every error, is Flask's.

A clip's name is a digest of its words and sound, so it may be kept for ever; its ETag is the digest
of its bytes, the same on every machine.
"""

import logging
import os
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint, Response, abort, request

from voice.speech.clips import LACKS, Manifest

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

NAME: Final = re.compile(r"[0-9a-f]{16}\.(?P<kind>wav|mp3)")
TYPES: Final = {"wav": "audio/wav", "mp3": "audio/mpeg"}
FOR_EVER: Final = "public, max-age=31536000, immutable"

_STRETCH: Final = re.compile(r"bytes=([0-9]{1,12})-([0-9]{0,12})")
_RARE: Final = (
    "HTTP_IF_MODIFIED_SINCE",
    "HTTP_IF_MATCH",
    "HTTP_IF_UNMODIFIED_SINCE",
    "HTTP_IF_RANGE",
)
"""Headers whose meaning is left to Werkzeug."""

_log = logging.getLogger(__name__)

Stamp = tuple[int, int, int]
Headers = list[tuple[str, str]]
Answer = tuple[str, Headers, bytes]
"""Status, headers, body."""


@dataclass
class Shelf:
    """The folder of clips, and which of its files are known to hold the recorded bytes."""

    folder: Path
    manifest: Callable[[], Manifest]
    _listed: tuple[Manifest, Mapping[str, str]] | None = None
    _intact: dict[str, tuple[Stamp, str]] = field(default_factory=dict)

    def digest(self, name: str) -> str | None:
        """The recorded SHA-256 of a clip; None for a name the manifest does not list."""
        manifest = self.manifest()
        listed = self._listed
        if listed is None or listed[0] is not manifest:
            listed = (manifest, {row.name: row.sha256 for row in manifest.rows})
            self._listed = listed
        return listed[1].get(name)

    def read(self, name: str, digest: str) -> bytes | None:
        """A clip's bytes; None if the file is gone or holds other bytes.

        OSError where this process may open no more files: the clip is as good as before.
        """
        try:
            with (self.folder / name).open("rb") as file:
                stamp = _stamp(file.fileno())
                content = file.read()
        except OSError as problem:
            if problem.errno in LACKS:
                raise
            return None
        if self._intact.get(name) != (stamp, digest):
            if sha256(content).hexdigest() != digest:
                return None
            self._intact[name] = (stamp, digest)
        return content


def blueprint(shelf: Shelf) -> Blueprint:
    """The route of the clips."""
    routes = Blueprint("shelf", __name__)

    @routes.get("/audio/<name>")
    def audio(name: str) -> Response:
        return answer(shelf, name)

    return routes


def before(
    wsgi: "WSGIApplication",
    shelf: Shelf,
    headers: Mapping[str, str],
    count: Callable[[str, int, float], None],
) -> "WSGIApplication":
    """Answer the usual requests for clips; the rest is left to `wsgi`.

    `headers` are given with every clip; `count` is told the endpoint, the status and the seconds.
    """
    every = list(headers.items())

    def first(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if not path.startswith("/audio/") or environ["REQUEST_METHOD"] != "GET":
            return wsgi(environ, start_response)
        begun = perf_counter()
        found = quick(shelf, path[7:], environ)
        if found is None:
            return wsgi(environ, start_response)
        status, own, body = found
        start_response(status, own + every)
        count("shelf.audio", int(status[:3]), perf_counter() - begun)
        return [body]  # granian sends a list as it is; anything else it asks for piece by piece

    return first


def quick(shelf: Shelf, name: str, environ: Mapping[str, Any]) -> Answer | None:
    """Return the answer to a plain request for a clip; None for any other request."""
    digest = shelf.digest(name)
    if digest is None or not environ.keys().isdisjoint(_RARE):
        return None
    tag, known = f'"{digest}"', environ.get("HTTP_IF_NONE_MATCH")
    own = [("ETag", tag), ("Cache-Control", FOR_EVER)]
    if known == tag:
        return "304 NOT MODIFIED", own, b""
    content = _soon(shelf, name, digest) if known is None else None
    if content is None:
        return None
    own += [("Content-Type", TYPES[name[-3:]]), ("Content-Disposition", "inline")]
    own.append(("Accept-Ranges", "bytes"))
    asked = environ.get("HTTP_RANGE")
    if asked is None:
        return "200 OK", [*own, ("Content-Length", str(len(content)))], content
    return _stretch(content, _STRETCH.fullmatch(asked), own)


def _soon(shelf: Shelf, name: str, digest: str) -> bytes | None:
    """A clip's bytes; None where it takes the long way to say why there are none."""
    with suppress(OSError):
        return shelf.read(name, digest)
    return None


def _stretch(content: bytes, asked: re.Match[str] | None, own: Headers) -> Answer | None:
    first = int(asked[1]) if asked else len(content)
    last = min(int((asked and asked[2]) or len(content)), len(content) - 1)
    if not first <= last:
        return None
    where = f"bytes {first}-{last}/{len(content)}"
    headers = [*own, ("Content-Range", where), ("Content-Length", str(last - first + 1))]
    return "206 PARTIAL CONTENT", headers, content[first : last + 1]


def answer(shelf: Shelf, name: str) -> Response:
    """A clip, a part of it, "you have it already", 404, or 503 where it cannot be read just now.

    A 404 would be kept by who asks; after a 503 a proxy asks another machine.
    """
    match = NAME.fullmatch(name)
    digest = shelf.digest(name) if match else None
    if match is None or digest is None:
        abort(404)
    if request.if_none_match.contains(digest):
        return _described(Response(status=304), digest)
    try:
        content = shelf.read(name, digest)
    except OSError as problem:
        _log.error("a clip cannot be read just now: %s", problem.strerror)
        abort(503)
    if content is None:
        abort(404)
    response = _described(Response(content, content_type=TYPES[match["kind"]]), digest)
    response.headers["Content-Disposition"] = "inline"
    response.make_conditional(_asked(), accept_ranges=True, complete_length=len(content))
    return response


def _asked() -> dict[str, Any]:
    """The request, without a range that makes no sense or has gaps: all of it answers that."""
    environ: dict[str, Any] = request.environ
    asked = request.range
    if asked is not None and asked.units == "bytes" and len(asked.ranges) == 1:
        return environ
    return {name: value for name, value in environ.items() if name != "HTTP_RANGE"}


def _described(response: Response, digest: str) -> Response:
    response.set_etag(digest)
    response.headers["Cache-Control"] = FOR_EVER
    return response


def _stamp(handle: int) -> Stamp:
    status = os.fstat(handle)
    return status.st_mtime_ns, status.st_size, status.st_ino
