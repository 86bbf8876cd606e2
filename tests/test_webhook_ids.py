"""An id that looks like none: alike on both databases and both ways, and never in the log."""

import pytest

from tests.stored import rows
from tests.test_webhook_quick import Line, line, post, tiny
from voice.store import answer_once, claim, contact_keys
from voice.store.tables import contact, delivery, outbound, turn
from voice.webhook import ids
from voice.webhook.door import Form

__all__ = ["line", "tiny"]

LONG = "S" * 65
NONE = ["SM%00", "%FF%00", LONG, "my+name+is+Rosa", "SM1%0Aforged", "SM%C3%B1"]
NUMBER = "+12125550199"
WAYS = pytest.mark.parametrize("way", ["short", "long"])


def nobody_is_told(caplog: pytest.LogCaptureFixture) -> None:
    """Nothing of an id in the log, and nothing of a store."""
    told = caplog.text
    assert "store" not in told
    assert not any(words in told for words in (LONG[:9], "Rosa", "forged", "\0"))


@WAYS
@pytest.mark.parametrize("given", NONE)
def test_a_text_with_an_odd_id_is_answered_once_and_its_stop_is_kept(
    line: Line, way: str, given: str, caplog: pytest.LogCaptureFixture
) -> None:
    client, known = getattr(line, way), "&From=%2B12125550199&Body="
    first, again = (post(client, "/sms", f"MessageSid={given}{known}4".encode()) for _ in range(2))
    assert first.data == again.data
    (answered,) = rows(line.door.store, turn)
    assert f"/sms/status?turn={answered['message_sid']}".encode() in first.data
    post(client, "/sms", f"MessageSid={given}2{known}STOP".encode())
    (stopped,) = rows(line.door.store, contact)
    assert stopped["opted_out_at"] is not None
    nobody_is_told(caplog)


@WAYS
@pytest.mark.parametrize("given", NONE)
def test_a_status_of_what_has_an_odd_id_is_taken_and_changes_nothing(
    line: Line, way: str, given: str, caplog: pytest.LogCaptureFixture
) -> None:
    keys, at = contact_keys(line.door.settings.contact_keys, NUMBER), line.door.clock()
    answer_once(line.door.store, "SM1", keys, False, at, lambda known: (known, "a reply"))
    claim(line.door.store, "CA1:lavage", "text", keys, False, at)
    for path, form in (
        (f"/sms/status?turn={given}", "MessageSid=SM2&MessageStatus=failed"),
        (f"/sms/status?claim={given}&turn={given}", "MessageSid=SM3&MessageStatus=failed"),
        ("/sms/status?turn=SM9", f"MessageSid={given}&MessageStatus=failed"),
        ("/sms/status?turn=SM9", f"MessageSid=SM4&MessageStatus={given}&ErrorCode={given}"),
        ("/voice/status", f"CallSid={given}&CallStatus=busy"),
    ):
        assert post(getattr(line, way), path, form.encode()).status_code == 204
    stood = [*rows(line.door.store, turn), *rows(line.door.store, outbound)]
    assert [row["status"] for row in stood] == ["", ""]
    sids = {row["sid"] for row in rows(line.door.store, delivery)}
    assert len(sids) == 4
    assert {len(sid) for sid in sids} == {3, 64}
    nobody_is_told(caplog)


@WAYS
@pytest.mark.parametrize("given", NONE)
def test_a_call_with_an_odd_id_goes_on_and_holds_up_no_counts(
    line: Line, way: str, given: str, caplog: pytest.LogCaptureFixture
) -> None:
    """One trace that a database refuses would keep all others waiting, for ever."""
    client, known = getattr(line, way), f"CallSid={given}&From=%2B12125550199"
    for path in ("/voice", "/voice/1/main/fr-FR/normal/0"):
        assert post(client, path, f"{known}&Digits=4".encode()).status_code == 200
    assert line.door.tally.write()
    (caller,) = rows(line.door.store, contact)
    assert caller["called_at"] is not None
    nobody_is_told(caplog)


@pytest.mark.parametrize("field", ["CallSid", "MessageSid", "SmsSid"])
def test_what_looks_like_an_id_is_one(field: str) -> None:
    for given in ("CA" + "0a" * 16, "S" * 64, "1"):
        assert Form({field: given}, False).get(field) == given
    odd = ("S" * 65, "SM-1", "SM 1", "SM1\n", "ñ", "\0", "\ud800")
    made = {Form({field: given}, False).get(field) for given in odd}
    assert len(made) == len(odd)
    assert all(len(one) == 64 and one.isalnum() and one.isascii() for one in made)
    assert Form({}, False).get(field) == ""
    assert Form({"Body": "SM-1"}, False).get("Body") == "SM-1"


def test_a_claim_is_named_after_the_call_and_the_topic_it_came_from() -> None:
    name = f"CA{'0a' * 16}:how-it-is-done"
    assert ids.name(name) == name
    assert ids.name("a" * 129) == ids.name("CA1:\0") == ids.name("CA1 topic") == ""
