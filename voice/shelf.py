"""The clips at /audio/<name>: only what the manifest lists, and only the bytes it recorded.

A clip's name is a digest of its words and sound, so it may be kept for ever; its ETag is the digest
of its bytes, the same on every machine.
"""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from flask import Blueprint, Response, abort, request

from voice.speech.clips import Manifest

NAME: Final = re.compile(r"[0-9a-f]{16}\.(?P<kind>wav|mp3)")
TYPES: Final = {"wav": "audio/wav", "mp3": "audio/mpeg"}
FOR_EVER: Final = "public, max-age=31536000, immutable"

Stamp = tuple[int, int, int]


@dataclass
class Shelf:
    """The folder of clips, and which of its files were found to hold the recorded bytes."""

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
        """A clip's bytes; None where the file is gone or holds others."""
        try:
            with (self.folder / name).open("rb") as file:
                stamp = _stamp(file.fileno())
                content = file.read()
        except OSError:
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


def answer(shelf: Shelf, name: str) -> Response:
    """A clip, a part of it, "you have it already", or 404."""
    match = NAME.fullmatch(name)
    digest = shelf.digest(name) if match else None
    if match is None or digest is None:
        abort(404)
    if request.if_none_match.contains(digest):
        return _described(Response(status=304), digest)
    content = shelf.read(name, digest)
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
