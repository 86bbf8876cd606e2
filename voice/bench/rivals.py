"""What the line is measured against: three small apps, as people write them.

hello        Flask returning a constant: what the framework and the server cost by themselves
sample       a menu as Twilio's sample does it: the SDK's validator before, its builder inside
whitenoise   a folder of clips, served by WhiteNoise; only where that is installed
"""

import importlib
import importlib.util
import os
from typing import TYPE_CHECKING

from flask import Flask, Response, abort, request
from twilio.request_validator import RequestValidator
from twilio.twiml.voice_response import Gather, VoiceResponse

from voice.bench.wire import TOKEN

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


def hello() -> Flask:
    """Return the app that says one thing."""
    app = Flask("hello")

    @app.post("/voice")
    def view() -> str:
        return "hello"

    return app


def sample() -> Flask:
    """Return the app that validates and builds with the SDK; no counts, no store."""
    app = Flask("sample")
    validator = RequestValidator(TOKEN)

    @app.post("/voice")
    def view() -> Response:
        signature = request.headers.get("X-Twilio-Signature", "")
        if not validator.validate(request.url, request.form, signature):
            abort(403)
        return Response(_menu(request.form.get("Digits", "")), content_type="text/xml")

    return app


def _menu(digits: str) -> str:
    response = VoiceResponse()
    gather = Gather(num_digits=1, action="/voice", method="POST")
    if digits:
        gather.play("https://line.example/audio/one.wav")
    gather.play("https://line.example/audio/two.wav")
    gather.play("https://line.example/audio/three.wav")
    response.append(gather)
    response.redirect("/voice")
    return str(response)


def has_whitenoise() -> bool:
    """Say whether WhiteNoise is installed here."""
    return importlib.util.find_spec("whitenoise") is not None


def whitenoise() -> "WSGIApplication":
    """Return WhiteNoise over the folder AUDIO, told what a WAV is and that files never change."""
    made: WSGIApplication = importlib.import_module("whitenoise").WhiteNoise(
        hello().wsgi_app,
        root=os.environ["AUDIO"],
        prefix="audio/",
        mimetypes={".wav": "audio/wav"},
        immutable_file_test=lambda _path, _url: True,
    )
    return made
