"""Each door with its paths; a number set up with a slash at the end works too."""

from collections.abc import Callable, Mapping

from flask import Blueprint, Response
from werkzeug.routing import PathConverter

from voice.webhook.calls import call_document
from voice.webhook.door import Door, Form, document, verified
from voice.webhook.statuses import keep_call_status, keep_text_status
from voice.webhook.texts import text_document


def answer_call(door: Door, form: Form) -> Response:
    """Answer a request of a call."""
    return document(call_document(door, form), form)


def answer_text(door: Door, form: Form) -> Response:
    """Answer a text; a retried one gets the same answer."""
    return document(text_document(door, form), form)


def answer_call_status(door: Door, form: Form) -> Response:
    """Answer what Twilio tells of a call."""
    return Response(status=keep_call_status(door, form))


def answer_text_status(door: Door, form: Form) -> Response:
    """Answer what Twilio tells of a message."""
    return Response(status=keep_text_status(door, form))


ROUTES: Mapping[str, tuple[Callable[[Door, Form], Response], tuple[str, ...]]] = {
    "voice": (
        answer_call,
        ("/voice", "/voice/", "/voice/<path:state>", "/voice/<whatever:state>"),
    ),
    "voice_status": (answer_call_status, ("/voice/status", "/voice/status/")),
    "sms": (answer_text, ("/sms", "/sms/")),
    "sms_status": (answer_text_status, ("/sms/status", "/sms/status/")),
}


class Whatever(PathConverter):
    """Any rest of an address: with a line break in it, or a slash at its head, it is no path."""

    regex = r"[\s\S]+"
    part_isolating = False
    weight = PathConverter.weight + 1


def blueprint(door: Door) -> Blueprint:
    """Return the routes of Twilio's door."""
    routes = Blueprint("webhook", __name__)
    routes.record_once(lambda state: state.app.url_map.converters.update(whatever=Whatever))

    def guarded(answer: Callable[[Door, Form], Response]) -> Callable[..., Response]:
        def view(**_: str) -> Response:
            form = verified(door)
            return answer(door, form) if form else Response(status=403)

        return view

    for name, (answer, rules) in ROUTES.items():
        view = guarded(answer)
        for rule in rules:
            routes.add_url_rule(rule, name, view, methods=["GET", "POST"])
    return routes
