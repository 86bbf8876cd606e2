"""People in the store: known by any channel, remembered where they were, forgotten when asked."""

import hmac
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.stored import KEYS, LATER, NOW, NUMBER, OTHERS, SECRET, opt_in, rows, save_contact
from voice.store import (
    Contact,
    Guard,
    Keys,
    Store,
    StoreError,
    Tally,
    Trace,
    Unmatched,
    answer_once,
    ask_call_back,
    change_contact,
    contact_keys,
    drop_unmatched,
    finish_call_back,
    forget,
    keep_number,
    note_unmatched,
    open_store,
    opt_out,
    read_call_back,
    read_contact,
    record_consent,
    unmatched,
    waiting_call_backs,
)
from voice.store.migrating import migrate
from voice.store.tables import consent, contact, turn
from voice.store.traces import write_traces

OLDER = b"o" * 32
WHATSAPP = "whatsapp:" + NUMBER
DAY = timedelta(days=1)
HEARD = Trace(KEYS, False, "es-US", "slow", "topic.risks.2", NOW, "CA1")


def person(key: str, **known: object) -> Contact:
    return replace(Contact(key, False, "en-US", "", "", None, NOW, NOW), **known)


def stay(known: Contact) -> tuple[Contact, str]:
    return known, "a reply"


def go(known: Contact) -> tuple[Contact, str]:
    return replace(known, forgotten=True), "We forgot you."


# One contact a number ----------------------------------------------------------------------------


def test_whatsapp_and_texts_of_a_number_are_one_contact() -> None:
    assert contact_keys([SECRET], WHATSAPP) == KEYS
    assert contact_keys([SECRET], WHATSAPP, practice=True)[0] not in KEYS


def old_key(secret: bytes, address: str) -> str:
    """The key as it was made of the address as it came."""
    return hmac.digest(secret, f"contact:{address}".encode(), "sha256").hex()


@pytest.mark.parametrize("secret", [SECRET, OLDER], ids=["key in use", "earlier key"])
@pytest.mark.parametrize("spelling", [NUMBER, WHATSAPP], ids=["text", "whatsapp"])
@pytest.mark.parametrize("now", [NUMBER, WHATSAPP], ids=["by text", "by whatsapp"])
def test_an_opt_out_of_any_time_and_spelling_holds(
    store: Store, secret: bytes, spelling: str, now: str
) -> None:
    save_contact(store, person(old_key(secret, spelling), opted_out_at=NOW))
    keys = contact_keys([SECRET, OLDER], now)
    assert read_contact(store, keys).opted_out_at == NOW
    answer_once(store, "SM1", keys, False, LATER, stay)
    (row,) = rows(store, contact)
    assert row["key"] == KEYS[0]
    assert read_contact(store, KEYS[:1]).opted_out_at == NOW


def test_two_rows_of_one_person_become_one_that_keeps_the_opt_out_and_the_newest(
    store: Store,
) -> None:
    first = person(
        old_key(OLDER, NUMBER), opted_out_at=NOW + DAY, call_place="topic.risks.3", called_at=NOW
    )
    called = person(
        old_key(SECRET, WHATSAPP),
        opted_out_at=NOW,
        first_seen=NOW + DAY,
        call_place="topic.risks.1",
        called_at=NOW + DAY,
    )
    newest = person(
        KEYS[0], locale="es-US", place="after.risks", first_seen=NOW + DAY, last_seen=NOW + 2 * DAY
    )
    for known in (first, called, newest):
        save_contact(store, known)
    keys = contact_keys([SECRET, OLDER], NUMBER)
    merged = replace(
        newest, opted_out_at=NOW, first_seen=NOW, call_place="topic.risks.1", called_at=NOW + DAY
    )
    assert read_contact(store, keys) == merged
    assert len(rows(store, contact)) == 3
    opt_out(store, keys, False, LATER)
    assert read_contact(store, keys) == merged
    assert [row["key"] for row in rows(store, contact)] == [KEYS[0]]
    opt_in(store, keys, False, LATER)
    assert read_contact(store, keys).opted_out_at is None


def test_of_nobody_in_particular_nothing_is_kept(store: Store) -> None:
    opt_out(store, (), False, NOW)
    assert answer_once(store, "SM1", (), False, NOW, stay) == "a reply"
    record_consent(store, (), False, "text", "call", "Press 1", NOW)
    write_traces(store, [replace(HEARD, keys=())])
    assert read_contact(store, ()) is None
    assert rows(store, contact) == rows(store, consent) == []
    assert answer_once(store, "SM1", (), False, NOW, go) == "a reply"


def test_an_answer_leaves_what_calls_left_behind(store: Store) -> None:
    write_traces(store, [HEARD])
    answer_once(store, "SM1", KEYS, False, LATER, stay)
    known = read_contact(store, KEYS)
    assert (known.call_place, known.called_at, known.pace) == ("topic.risks.2", NOW, "slow")


def test_changes_made_at_once_are_all_kept(store: Store) -> None:
    def place(n: int) -> None:
        def go_on(known: Contact) -> Contact:
            return replace(known, place=f"{known.place}{n}")

        change_contact(store, KEYS, False, NOW, go_on)

    threads = [threading.Thread(target=place, args=(n,)) for n in range(4)]
    threads.append(threading.Thread(target=opt_out, args=(store, KEYS, False, NOW)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    known = read_contact(store, KEYS)
    assert sorted(known.place) == ["0", "1", "2", "3"]
    assert known.opted_out_at == NOW


# Where a caller was ------------------------------------------------------------------------------


def test_a_trace_is_remembered_and_touches_neither_opt_out_nor_thread(store: Store) -> None:
    answer_once(store, "SM1", KEYS, False, NOW, lambda c: (replace(c, place="menu.2"), ""))
    opt_out(store, KEYS, False, NOW)
    write_traces(store, [replace(HEARD, at=LATER)])
    known = read_contact(store, KEYS)
    assert (known.locale, known.pace, known.call_place) == ("es-US", "slow", "topic.risks.2")
    assert (known.called_at, known.last_seen, known.first_seen) == (LATER, LATER, NOW)
    assert (known.place, known.opted_out_at) == ("menu.2", NOW)


def test_an_older_trace_changes_nothing(store: Store) -> None:
    write_traces(store, [replace(HEARD, at=LATER, place="")])
    write_traces(store, [HEARD])
    known = read_contact(store, KEYS)
    assert (known.call_place, known.called_at) == ("", LATER)


def test_a_trace_never_makes_somebody_seen_earlier(store: Store) -> None:
    answer_once(store, "SM1", KEYS, False, LATER, stay)
    write_traces(store, [HEARD])
    assert read_contact(store, KEYS).last_seen == LATER


def test_the_tally_keeps_the_latest_trace_of_each_caller(store: Store) -> None:
    tally = Tally(store, every=3600)
    tally.trace(replace(HEARD, at=LATER, place="topic.risks.3"))
    tally.trace(HEARD)
    tally.trace(replace(HEARD, keys=OTHERS))
    tally.trace(replace(HEARD, keys=()))
    assert read_contact(store, KEYS) is None
    assert tally.write()
    assert read_contact(store, KEYS).call_place == "topic.risks.3"
    assert read_contact(store, OTHERS).call_place == "topic.risks.2"
    tally.trace(replace(HEARD, at=LATER + DAY, place=""))
    tally.close()
    assert read_contact(store, KEYS).call_place == ""


def test_traces_of_a_store_that_is_away_wait_and_newer_ones_win(no_tables: str) -> None:
    away = open_store(no_tables)
    tally = Tally(away, every=3600)
    tally.trace(HEARD)
    tally.trace(replace(HEARD, keys=OTHERS))
    assert not tally.write()
    tally.trace(replace(HEARD, at=LATER, place="topic.risks.3"))
    migrate(away)
    assert tally.write()
    assert read_contact(away, KEYS).call_place == "topic.risks.3"
    assert read_contact(away, OTHERS) is not None
    tally.close()
    away.close()


def test_an_opt_out_is_kept_whatever_else_happens_to_someone_new_at_once(store: Store) -> None:
    start = threading.Barrier(3)

    def one(deed: Callable[[Keys], object], keys: Keys) -> None:
        start.wait()
        deed(keys)

    for n in range(12):
        keys = contact_keys([SECRET], f"+1212555{n:04}")
        deeds: tuple[Callable[[Keys], object], ...] = (
            lambda keys: opt_out(store, keys, False, NOW),
            lambda keys: forget(store, keys, False, NOW, keys[0]),
            lambda keys: answer_once(store, keys[1], keys, False, NOW, stay),
        )
        threads = [threading.Thread(target=one, args=(deed, keys)) for deed in deeds]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert read_contact(store, keys).opted_out_at == NOW


# Forgetting --------------------------------------------------------------------------------------


def everything_of_a_person(store: Store) -> None:
    answer_once(store, "SM1", KEYS, False, NOW, lambda c: (replace(c, place="menu.2"), "one"))
    write_traces(store, [HEARD])
    record_consent(store, KEYS, False, "text", "call", "Press 1", NOW)
    keep_number(store, "CA1", KEYS, False, "sealed", "es-US", "risks", NOW)
    ask_call_back(store, "CA1", "any", NOW)


def test_who_is_forgotten_leaves_nothing_and_others_stay(store: Store) -> None:
    everything_of_a_person(store)
    answer_once(store, "SM2", OTHERS, False, NOW, stay)
    forget(store, KEYS, False, LATER)
    assert read_contact(store, KEYS) is None
    assert rows(store, consent) == []
    assert waiting_call_backs(store) == ()
    links = {row["message_sid"]: row["contact"] for row in rows(store, turn)}
    assert links == {"SM1": "", "SM2": OTHERS[0]}
    assert read_contact(store, OTHERS) is not None
    assert answer_once(store, "SM1", KEYS, False, LATER, stay) == "one"


def test_of_who_is_forgotten_an_opt_out_stays_bare(store: Store) -> None:
    everything_of_a_person(store)
    opt_out(store, KEYS, False, LATER)
    for _ in range(2):
        forget(store, KEYS, False, LATER + DAY)
        bare = Contact(KEYS[0], False, "", "", "", LATER, LATER, LATER)
        assert read_contact(store, KEYS) == bare


@pytest.mark.parametrize("opted_out", [False, True])
def test_forgetting_finds_what_was_kept_under_earlier_keys(store: Store, opted_out: bool) -> None:
    old = (old_key(OLDER, WHATSAPP),)
    answer_once(store, "SM1", old, False, NOW, stay)
    record_consent(store, old, False, "text", "call", "Press 1", NOW)
    if opted_out:
        opt_out(store, old, False, NOW)
    forget(store, contact_keys([SECRET, OLDER], NUMBER), False, LATER)
    assert [row["key"] for row in rows(store, contact)] == ([KEYS[0]] if opted_out else [])
    assert rows(store, consent) == []
    assert rows(store, turn)[0]["contact"] == ""


def test_the_rest_of_a_call_that_was_to_be_forgotten_is_not_remembered(store: Store) -> None:
    tally = Tally(store, every=3600)
    tally.trace(HEARD)
    for _ in range(2):
        forget(store, KEYS, False, LATER, call="CA1")
    tally.trace(replace(HEARD, at=LATER))
    assert tally.write()
    assert read_contact(store, KEYS) is None
    tally.trace(replace(HEARD, at=LATER, call="CA2"))
    assert tally.write()
    assert read_contact(store, KEYS).call_place == "topic.risks.2"
    tally.close()


def test_who_withholds_the_number_is_forgotten_with_the_call_alone(store: Store) -> None:
    everything_of_a_person(store)
    keep_number(store, "CA2", (), False, "sealed", "es-US", "", NOW)
    keep_number(store, "CA3", (), False, "sealed", "es-US", "", NOW)
    forget(store, (), False, NOW, call="CA2")
    assert read_call_back(store, "CA2") is None
    assert read_call_back(store, "CA3") is not None
    assert read_call_back(store, "CA1") is not None
    assert read_contact(store, KEYS) is not None


def test_an_answer_that_forgets_does_so_with_its_own_turn(store: Store) -> None:
    everything_of_a_person(store)
    for _ in range(2):
        assert answer_once(store, "SM2", KEYS, False, LATER, go) == "We forgot you."
        assert read_contact(store, KEYS) is None
        assert {row["contact"] for row in rows(store, turn)} == {""}
    assert rows(store, consent) == []


def test_asking_to_be_forgotten_for_ever_ends_in_silence_too(store: Store) -> None:
    guard = Guard("", most=3)
    said = [answer_once(store, f"SM{n}", KEYS, False, NOW, go, guard) for n in range(5)]
    assert said == ["We forgot you."] * 3 + [""] * 2
    assert answer_once(store, "SM9", OTHERS, False, NOW, stay, guard) == "a reply"


def test_practice_is_forgotten_apart(store: Store) -> None:
    practice = contact_keys([SECRET], NUMBER, practice=True)
    opt_out(store, practice, True, NOW)
    everything_of_a_person(store)
    forget(store, practice, True, LATER)
    assert read_contact(store, practice).practice
    assert read_contact(store, KEYS).place == "menu.2"


# Consent -----------------------------------------------------------------------------------------


def test_a_consent_is_kept_with_its_wording_time_and_channel_once(store: Store) -> None:
    def agree(kind: str = "text", wording: str = "Press 1", later: timedelta = DAY * 0) -> None:
        record_consent(store, KEYS, False, kind, "call", wording, NOW + later)

    agree()
    agree(later=timedelta(minutes=5))
    assert len(rows(store, consent)) == 1
    kept = rows(store, consent)[0]
    assert (kept["contact"], kept["kind"], kept["channel"]) == (KEYS[0], "text", "call")
    assert (kept["wording"], kept["practice"]) == ("Press 1", False)
    agree(wording="Presione 1")
    agree(kind="stop")
    agree(later=DAY * 2)
    assert len(rows(store, consent)) == 4


# Call-backs --------------------------------------------------------------------------------------


def number(store: Store, call: str = "CA1", sealed: str = "sealed", practice: bool = False) -> None:
    keep_number(store, call, KEYS, practice, sealed, "es-US", "risks", NOW)


def test_a_call_back_waits_for_staff_once_it_was_asked_for(store: Store) -> None:
    assert not ask_call_back(store, "CA1", "morning", NOW)
    number(store)
    assert waiting_call_backs(store) == ()
    assert read_call_back(store, "CA1").state == "asking"
    assert ask_call_back(store, "CA1", "morning", LATER)
    (waiting,) = waiting_call_backs(store)
    assert (waiting.call, waiting.contact, waiting.sealed) == ("CA1", KEYS[0], "sealed")
    assert (waiting.locale, waiting.topic, waiting.best_time) == ("es-US", "risks", "morning")
    assert (waiting.state, waiting.asked_at, waiting.changed_at) == ("waiting", LATER, LATER)
    assert waiting == read_call_back(store, "CA1")


def test_a_call_has_one_call_back_however_often_it_is_delivered(store: Store) -> None:
    firsts = []
    for _ in range(3):
        number(store)
        firsts.append(ask_call_back(store, "CA1", "any", NOW))
    assert firsts == [True, False, False]
    assert len(waiting_call_backs(store)) == 1


def test_who_asks_again_in_the_same_call_corrects_number_and_time(store: Store) -> None:
    number(store)
    number(store, sealed="corrected")
    assert read_call_back(store, "CA1").sealed == "corrected"
    assert ask_call_back(store, "CA1", "any", NOW)
    number(store, sealed="corrected again")
    assert not ask_call_back(store, "CA1", "afternoon", LATER)
    (waiting,) = waiting_call_backs(store)
    assert (waiting.sealed, waiting.best_time) == ("corrected again", "afternoon")
    assert waiting.asked_at == NOW


def test_staff_ring_the_longest_waiting_first_and_never_the_practice_ones(store: Store) -> None:
    for call, practice in [("CA2", False), ("CA1", False), ("CA3", True)]:
        number(store, call, practice=practice)
    for hours, call in enumerate(["CA1", "CA2", "CA3"]):
        ask_call_back(store, call, "any", NOW + timedelta(hours=hours))
    assert [found.call for found in waiting_call_backs(store)] == ["CA1", "CA2"]
    assert [found.call for found in waiting_call_backs(store, practice=True)] == ["CA3"]


@pytest.mark.parametrize("end", ["done", "wrong"])
def test_a_call_back_that_is_over_is_gone_number_and_all(store: Store, end: str) -> None:
    number(store)
    ask_call_back(store, "CA1", "any", NOW)
    (waiting,) = waiting_call_backs(store)
    assert finish_call_back(store, waiting.id, "tried", None, LATER)
    (tried,) = waiting_call_backs(store)
    assert (tried.state, tried.changed_at) == ("tried", LATER)
    number(store, sealed="late")
    assert not ask_call_back(store, "CA1", "morning", LATER)
    assert waiting_call_backs(store) == (tried,)
    assert finish_call_back(store, waiting.id, end, None, LATER)
    assert not finish_call_back(store, waiting.id, end, None, LATER)
    assert not finish_call_back(store, waiting.id, "tried", None, LATER)
    assert read_call_back(store, "CA1") is None


def test_the_id_of_a_call_back_is_never_anothers(store: Store) -> None:
    number(store)
    ask_call_back(store, "CA1", "any", NOW)
    (first,) = waiting_call_backs(store)
    finish_call_back(store, first.id, "done", None, NOW)
    number(store, "CA2")
    ask_call_back(store, "CA2", "any", NOW)
    assert not finish_call_back(store, first.id, "done", None, LATER)
    assert [found.call for found in waiting_call_backs(store)] == ["CA2"]


@pytest.mark.parametrize("how", ["tried", "done"])
def test_what_the_record_cannot_tell_of_is_not_done_to_a_call_back(store: Store, how: str) -> None:
    number(store)
    ask_call_back(store, "CA1", "any", NOW)
    (waiting,) = waiting_call_backs(store)
    nobody = 999  # the record takes no id of an account that is not there
    with pytest.raises(StoreError):
        finish_call_back(store, waiting.id, how, nobody, LATER)
    assert waiting_call_backs(store) == (waiting,)


def test_what_a_caller_has_not_finished_asking_for_is_not_for_staff_to_end(store: Store) -> None:
    number(store)
    unfinished = read_call_back(store, "CA1")
    assert not finish_call_back(store, unfinished.id, "done", None, NOW)
    assert read_call_back(store, "CA1") == unfinished


# Words not understood ----------------------------------------------------------------------------


def test_words_not_understood_are_counted_commonest_first(store: Store) -> None:
    def note(words: str, hours: int, channel: str = "message", practice: bool = False) -> None:
        note_unmatched(store, channel, "en-US", words, practice, NOW + timedelta(hours=hours))

    note("my cat", 3)
    note("my dog", 4)
    note("ñandú", 1)
    note("ñandú", 2)
    note("ñandú", 0, "call")
    note("practice", 9, practice=True)
    note("", 9)
    found = unmatched(store, 10)
    assert found == (
        Unmatched("ñandú", "en-US", "message", 2, NOW + timedelta(hours=2)),
        Unmatched("my dog", "en-US", "message", 1, NOW + timedelta(hours=4)),
        Unmatched("my cat", "en-US", "message", 1, NOW + timedelta(hours=3)),
        Unmatched("ñandú", "en-US", "call", 1, NOW),
    )
    assert unmatched(store, 2) == found[:2]


def test_words_that_were_taught_go_from_every_channel(store: Store) -> None:
    for channel, locale in [("message", "en-US"), ("call", "en-US"), ("call", "es-US")]:
        note_unmatched(store, channel, locale, "no", False, NOW)
    assert drop_unmatched(store, "no", "en-US") == 2
    assert [(row.locale, row.words) for row in unmatched(store, 9)] == [("es-US", "no")]
    assert drop_unmatched(store, "no", "en-US") == 0
