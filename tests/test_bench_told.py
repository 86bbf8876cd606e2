"""What the bench tells the line as Twilio does: of each answer twice, of each call once."""

from urllib.parse import parse_qsl, urlsplit

from twilio.request_validator import RequestValidator

from voice.bench import wire

URL = "http://127.0.0.1:1"


def taken_apart(raw: bytes) -> tuple[str, dict[str, str], str]:
    """A request's address, its fields and its signature."""
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *rest = head.decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in rest)
    assert first.startswith("POST ")
    assert int(headers["Content-Length"]) == len(body)
    fields = dict(parse_qsl(body.decode(), keep_blank_values=True))
    return URL + first.split()[1], fields, headers["X-Twilio-Signature"]


def test_each_answer_is_told_of_twice_first_that_it_was_sent() -> None:
    asked = [taken_apart(raw) for raw in wire.texts(URL, ["RISKS"], 30, 100)]
    told = [taken_apart(raw) for raw in wire.answers_told(URL, 30, 100)]
    known: dict[str, list[str]] = {}
    for url, fields, signature in told:
        assert RequestValidator(wire.TOKEN).validate(url, fields, signature)
        turn = urlsplit(url).query.removeprefix("turn=")
        assert fields["MessageSid"] != turn
        known.setdefault(turn, []).append(fields["MessageStatus"])
    assert known == {fields["MessageSid"]: ["sent", "delivered"] for _, fields, _ in asked}
    assert {fields["To"] for _, fields, _ in told} == {fields["From"] for _, fields, _ in asked}
    assert len({fields["MessageSid"] for _, fields, _ in told}) == 100
    statuses = [fields["MessageStatus"] for _, fields, _ in told]
    assert statuses[: wire.LATER + 2] == ["sent"] * (wire.LATER + 1) + ["delivered"]


def test_each_call_ends_once() -> None:
    body = b"CallSid=CA1&CallStatus=completed&From=%2B12125550199&CallDuration=9"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    end = wire.Sent("POST", f"{URL}/voice/status", body, form)
    told = [taken_apart(raw) for raw in wire.ends_told(end, 5, 20)]
    for url, fields, signature in told:
        assert RequestValidator(wire.TOKEN).validate(url, fields, signature)
        assert (url, fields["CallStatus"], fields["CallDuration"]) == (end.url, "completed", "9")
    assert len({fields["CallSid"] for _, fields, _ in told}) == 20
