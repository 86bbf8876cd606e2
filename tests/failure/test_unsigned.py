"""Posts that nobody signed are limited before they reach the line; signed ones never are."""

from collections import Counter
from pathlib import Path

import pytest

from tests.failure.crowd import send
from tests.failure.machine import TOKEN, machine
from tests.failure.proxy import HOST, connection, proxy
from voice.signature import FORM, form_pairs, sign

PATHS = ("/voice", "/sms", "/voice/status")
BODY = b"CallSid=CA1"
MANY = 60


def posted(port: int, path: str, signature: str | None) -> Counter[int]:
    """What so many posts of one kind are answered, by their status."""
    headers = {"Content-Type": FORM}
    if signature is not None:
        headers["X-Twilio-Signature"] = signature
    answers: Counter[int] = Counter()
    for _ in range(MANY):
        answers[send(connection(port), path, BODY, headers)[0]] += 1
    return answers


@pytest.mark.soak
def test_many_posts_that_nobody_signed_are_kept_from_the_line(tmp_path: Path) -> None:
    (tmp_path / "front").mkdir()
    url = f"https://{HOST}"
    with (
        machine(tmp_path, PUBLIC_URL=url) as line,
        proxy(tmp_path / "front", [line.port], tmp_path) as port,
    ):
        for path in PATHS:
            ours = sign(TOKEN, url + path, form_pairs(BODY))
            assert posted(port, path, None)[429] > MANY / 3
            assert 429 not in posted(port, path, ours)
            assert posted(port, path, "not ours") == {403: MANY}
