"""Words in work in the store: nobody's are lost, and nobody approves their own."""

import threading
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.drafting import (
    ALL,
    ANA,
    AT,
    BO,
    CY,
    DEE,
    FILES,
    POLICY,
    RISKS,
    TITLE,
    add_people,
    approve,
    place,
    write,
)
from voice.draft.field import TooLong
from voice.draft.fields import field_of, read
from voice.draft.review import NotNow, Person, Policy
from voice.draft.work import lost, ready, standings
from voice.draft.writing import apply
from voice.script import Script
from voice.store import Store, StoreError, open_store
from voice.store.audit import Wanted, entries
from voice.store.choices import (
    Choices,
    choose_policy,
    read_choices,
    switch_line,
    switch_topic,
)
from voice.store.connection import writing
from voice.store.drafts import (
    Conflict,
    Saved,
    history,
    publish_drafts,
    read_work,
    save,
    undo,
    versions,
)
from voice.store.remarks import Said, remarks, settle_remark, write_remark
from voice.store.reviews import Place, send, send_back, sign, writers
from voice.switches import ON, Off

ACTION = "topics/risks.toml:en-US.action"
FACTS = "topics/risks.toml:facts"
SPANISH = "topics/risks.toml:es-US.title"
LIVE = "Risks of the treatment"


@pytest.fixture
def store(database: str) -> Iterator[Store]:
    opened = open_store(database)
    add_people(opened)
    yield opened
    opened.close()


def stands(store: Store, subject: str = RISKS, policy: Policy = POLICY) -> dict[str, str]:
    return standings(FILES, read_work(store), policy, subject)


def deeds(store: Store) -> list[str]:
    found = [f"{one.deed} {one.subject}" for one in entries(store, Wanted(), 100)]
    return [one for one in reversed(found) if not one.startswith("staff-")]


# Saving ------------------------------------------------------------------------------------------


def test_a_draft_is_kept_with_every_version_and_who_saved_it(store: Store) -> None:
    assert write(store, "Risk") == Saved(1)
    assert write(store, "The  risks ", 1, BO) == Saved(2)
    draft = read_work(store).drafts[TITLE]
    assert (draft.value, draft.base, draft.version, draft.begun) == ("The risks", LIVE, 2, 1)
    assert (draft.subject, draft.locale, draft.by, draft.at) == (RISKS, "en-US", BO, AT)
    told = [(one.version, one.value, one.sort, one.by) for one in history(store, TITLE)]
    assert told == [(2, "The risks", "saved", BO), (1, "Risk", "saved", ANA)]
    assert deeds(store) == [f"words-begun {TITLE}"]


def test_lists_come_back_as_lists(store: Store) -> None:
    name = "topics/risks.toml:en-US.parts"
    write(store, ("One.\nTwo.", "Three."), name=name)
    draft = read_work(store).drafts[name]
    assert draft.value == ("One.\nTwo.", "Three.")
    assert draft.base == read(FILES, field_of(FILES, name))


def test_saving_the_same_again_changes_nothing(store: Store) -> None:
    assert write(store, f" {LIVE}") == Saved(0)
    write(store, "Risk")
    assert write(store, "Risk", 1, BO) == Saved(1)
    assert write(store, "Risk", 0, BO) == Saved(1)
    assert [one.by for one in history(store, TITLE)] == [ANA]


def test_the_live_words_again_are_no_draft_any_more(store: Store) -> None:
    write(store, "Risk")
    assert write(store, LIVE, 1) == Saved(2)
    assert read_work(store).drafts == {}
    assert [one.sort for one in history(store, TITLE)] == ["undone", "saved"]
    assert write(store, "Risks", 2) == Saved(3)
    assert read_work(store).drafts[TITLE].begun == 3


def test_a_draft_can_be_undone_whoever_saved_last(store: Store) -> None:
    write(store, "Risk")
    assert undo(store, field_of(FILES, TITLE), LIVE, BO, AT) == 2
    assert read_work(store).drafts == {}
    assert undo(store, field_of(FILES, TITLE), LIVE, BO, AT) == 2
    assert len(history(store, TITLE)) == 2
    assert deeds(store) == [f"words-begun {TITLE}", f"words-undone {TITLE}"]


def test_of_two_writers_neither_loses_words(store: Store) -> None:
    write(store, "Risk", 0, ANA)
    told = write(store, "The risks", 0, BO)
    assert told == Conflict(LIVE, "The risks", "Risk", None, 1, ANA)
    assert read_work(store).drafts[TITLE].value == "Risk"
    newest = history(store, TITLE)[0]
    assert (newest.value, newest.sort, newest.by) == ("The risks", "conflict", BO)
    assert write(store, "The risks", 1, BO) == Saved(2)


def test_changes_of_different_sentences_are_offered_together(store: Store) -> None:
    name = "topics/risks.toml:en-US.main_message"
    one, two, three = "Like any treatment", "The risk is thought", "Kyphoplasty is"
    words = str(read(FILES, field_of(FILES, name)))
    write(store, words.replace(one, "As any treatment"), 0, ANA, name)
    told = write(store, words.replace(two, "It is thought"), 0, BO, name)
    assert isinstance(told, Conflict)
    assert told.merged is not None
    assert "As any" in told.merged
    assert "It is thought" in told.merged
    assert write(store, told.merged, told.version, BO, name) == Saved(2)
    late = write(store, words.replace(three, "This is"), 1, CY, name)
    assert isinstance(late, Conflict)
    assert late.base == words.replace(one, "As any treatment")


def test_an_old_page_over_words_that_came_back_is_no_conflict(store: Store) -> None:
    write(store, "Risk", 0, ANA)
    write(store, LIVE, 1, ANA)
    assert write(store, "The risks", 0, BO) == Saved(3)


def test_a_page_from_before_a_release_does_not_write_over_it(store: Store) -> None:
    """What others made live in between counts as theirs."""
    write(store, "Risk", 0, ANA)
    after = apply(FILES, {TITLE: "Risk"})
    undo(store, field_of(after, TITLE), "Risk", ANA, AT)
    told = write(store, "The risks", 0, BO, files=after)
    assert told == Conflict(LIVE, "The risks", "Risk", None, 2, None)


def test_too_much_is_refused(store: Store) -> None:
    with pytest.raises(TooLong):
        write(store, "word " * 5000)
    assert history(store, TITLE) == ()


def test_versions_are_told_by_subject(store: Store) -> None:
    write(store, "Risk")
    write(store, "Risks", 1)
    write(store, "Ask.", name=ACTION)
    write(store, "Clinic", name="line.toml:name.en-US")
    assert versions(store, RISKS) == {TITLE: 2, ACTION: 1}


def test_the_history_is_never_changed(store: Store) -> None:
    write(store, "Risk")
    for deed in ("UPDATE draft_history SET value = '\"\"'", "DELETE FROM draft_history"):
        with pytest.raises(StoreError) as caught, writing(store) as connection:
            connection.exec_driver_sql(deed)
        assert "never changed" in str(caught.value.__cause__)
    assert len(history(store, TITLE)) == 1


def test_of_many_who_save_at_once_one_is_first_and_all_are_kept(store: Store) -> None:
    told: list[Saved | Conflict] = []
    start = threading.Barrier(4)

    def one(person: Person) -> None:
        start.wait()
        told.append(write(store, f"Risks by {person.name}", 0, person))

    threads = [threading.Thread(target=one, args=(person,)) for person in (ANA, BO, CY, DEE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(isinstance(each, Saved) for each in told) == 1
    assert {one.value for one in history(store, TITLE)} == {
        f"Risks by {person.name}" for person in (ANA, BO, CY, DEE)
    }


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.integers(0, 6), st.sampled_from(["A.", "B.", "A. B.", LIVE])), max_size=8)
)
def test_whatever_is_saved_from_whatever_version_is_in_the_history(store: Store, saves) -> None:
    for version, value in saves:
        told = write(store, value, version, BO)
        kept = {one.value for one in history(store, TITLE, 10_000)} | {LIVE}
        assert value in kept
        now = read_work(store).drafts.get(TITLE)
        assert isinstance(told, Conflict) or (now.value if now else LIVE) == value


# Reviewing ---------------------------------------------------------------------------------------


def test_words_go_from_writing_to_approved(store: Store) -> None:
    assert stands(store) == {"en-US": "live", "es-US": "live"}
    write(store, "Risk")
    assert stands(store) == {"en-US": "writing", "es-US": "live"}
    send(store, place(store), ANA, AT)
    assert stands(store)["en-US"] == "sent"
    assert sign(store, place(store), "editor", BO, ALL, AT) == ""
    assert stands(store)["en-US"] == "sent"
    assert ready(FILES, read_work(store), POLICY) == ()
    assert sign(store, place(store), "clinician", CY, ALL, AT) == ""
    assert stands(store) == {"en-US": "approved", "es-US": "live"}
    assert ready(FILES, read_work(store), POLICY) == (RISKS,)
    assert deeds(store) == [
        f"words-begun {TITLE}",
        f"words-sent {RISKS}",
        f"words-signed {RISKS}",
        f"words-signed {RISKS}",
    ]


@pytest.mark.parametrize(
    ("name", "value", "left"),
    [
        (TITLE, "Risks", {"en-US": "writing", "es-US": "approved"}),
        (ACTION, "Ask.", {"en-US": "writing", "es-US": "approved"}),
        (SPANISH, "Peligros", {"en-US": "approved", "es-US": "writing"}),
        (FACTS, ("F-001",), {"en-US": "writing", "es-US": "writing"}),
        ("topics/risks.toml:tags", (), {"en-US": "writing", "es-US": "writing"}),
        ("topics/risks.toml:review_by", "2027-01-01", {"en-US": "writing", "es-US": "writing"}),
        ("line.toml:name.en-US", "Clinic", {"en-US": "approved", "es-US": "approved"}),
    ],
)
def test_any_change_after_a_sign_off_ends_it(store: Store, name, value, left) -> None:
    write(store, "Risk")
    write(store, "Riesgos", name=SPANISH)
    approve(store)
    approve(store, "es-US")
    assert stands(store) == {"en-US": "approved", "es-US": "approved"}
    version = read_work(store).drafts[name].version if name in read_work(store).drafts else 0
    write(store, value, version, DEE, name)
    assert stands(store) == left
    gone = {locale for locale, state in left.items() if state == "writing"}
    assert not {one.locale for one in read_work(store).sign_offs} & gone


def test_changed_back_to_what_was_signed_it_must_be_signed_again(store: Store) -> None:
    write(store, "Risk")
    approve(store)
    write(store, "Risks", 1)
    write(store, "Risk", 2)
    assert stands(store)["en-US"] == "writing"
    assert read_work(store).sign_offs == ()


def test_words_go_live_together_in_every_language_in_which_they_changed(store: Store) -> None:
    write(store, "Risk")
    write(store, "Riesgos", name=SPANISH)
    approve(store)
    assert ready(FILES, read_work(store), POLICY) == ()
    approve(store, "es-US")
    assert ready(FILES, read_work(store), POLICY) == (RISKS,)


def test_whoever_must_sign_in_the_end_decides_what_is_approved(store: Store) -> None:
    write(store, "Risk")
    approve(store)
    assert stands(store, policy=Policy({"en-US": ALL[1:]}))["en-US"] == "approved"
    write(store, "Risks", 1)
    send(store, place(store), ANA, AT)
    assert stands(store, policy=Policy({"en-US": ("editor",)}))["en-US"] == "sent"
    assert stands(store, policy=Policy({"en-US": ()}))["en-US"] == "approved"


def test_words_sent_back_come_with_remarks_and_can_be_sent_again(store: Store) -> None:
    write(store, "Risk")
    with pytest.raises(NotNow):
        send_back(store, place(store), [], BO, AT)
    send(store, place(store), ANA, AT)
    said = Said(TITLE, "Risk", "Say whose risk.")
    send_back(store, place(store), [said], BO, AT)
    assert stands(store)["en-US"] == "sent-back"
    (told,) = remarks(store, RISKS)
    assert (told.said, told.by, told.locale, told.settled_by) == (said, BO, "en-US", "")
    assert sign(store, place(store), "editor", BO, ALL, AT) == "not-now"
    write(store, "Your risk", 1)
    send(store, place(store), ANA, AT)
    assert stands(store)["en-US"] == "sent"
    with pytest.raises(NotNow):
        send(store, place(store), ANA, AT)


def test_a_remark_is_settled_once(store: Store) -> None:
    with writing(store) as connection:
        write_remark(connection, RISKS, "en-US", Said(TITLE, "", "Too long."), BO, AT)
        write_remark(connection, "clinic", "en-US", Said("", "", "Fine."), BO, AT)
    (told,) = remarks(store, RISKS)
    assert settle_remark(store, told.id, ANA, AT)
    assert not settle_remark(store, told.id, CY, AT)
    assert remarks(store, RISKS) == ()
    assert [one.settled_by for one in remarks(store, RISKS, settled=True)] == ["Ana"]
    assert len(remarks(store)) == 1


def test_nobody_signs_what_they_wrote_sent_or_signed_in_another_role(store: Store) -> None:
    write(store, "Risk", 0, ANA)
    write(store, "The risks", 1, BO)
    send(store, place(store), DEE, AT)
    assert writers(store, RISKS, "en-US") == {ANA.id, BO.id}
    tries = {
        person: sign(store, place(store), "clinician", person, ALL, AT) for person in (ANA, BO, DEE)
    }
    assert tries == {ANA: "own-words", BO: "own-words", DEE: "you-sent-them"}
    assert sign(store, place(store), "clinician", CY, ("editor",), AT) == "not-your-role"
    assert sign(store, place(store), "clinician", CY, ALL, AT) == ""
    assert sign(store, place(store), "editor", CY, ALL, AT) == "second-person"
    signed = [(one.role, one.person) for one in read_work(store).sign_offs]
    assert sorted(signed, key=str) == sorted([("writer", DEE), ("clinician", CY)], key=str)


SAVE, UNDO, SEND, LIVE_NOW = "save", "undo", "send", "live"


@pytest.mark.parametrize(
    ("deeds", "wrote"),
    [
        ([(SAVE, ANA, "Risk")], {ANA}),
        ([(SAVE, ANA, "Risk"), (SEND, ANA), (SAVE, BO, "Risks")], {ANA, BO}),
        ([(SAVE, ANA, "Risk"), (SEND, DEE), (SAVE, BO, "Risks"), (SEND, BO)], {ANA, BO}),
        ([(SAVE, ANA, "Risk"), (SAVE, BO, "Risks"), (SAVE, ANA, "Risk")], {ANA, BO}),
        ([(SAVE, ANA, "Risk"), (UNDO, BO), (SAVE, BO, "Risks")], {BO}),
        ([(SAVE, ANA, "Risk"), (UNDO, BO), (SAVE, BO, "Risk")], {ANA, BO}),
        ([(SAVE, ANA, "Risk"), (LIVE_NOW, DEE)], {ANA}),
        ([(SAVE, ANA, "Risk"), (LIVE_NOW, DEE), (SAVE, BO, "Risks")], {BO}),
        ([(SAVE, ANA, "Risk"), (LIVE_NOW, DEE), (SAVE, BO, "Risks"), (UNDO, BO)], {ANA}),
        ([(SAVE, BO, "Risks"), (UNDO, BO)], set()),
    ],
)
def test_who_wrote_any_letter_of_these_words_may_not_approve_them(
    store: Store, deeds, wrote
) -> None:
    files = dict(FILES)
    for version, (deed, by, *words) in enumerate(deeds):
        if deed == SAVE:
            done = [one[0] for one in deeds[:version]]
            write(store, words[0], done.count(SAVE) + done.count(UNDO), by, files=files)
        elif deed == UNDO:
            field = field_of(files, TITLE)
            undo(store, field, read(files, field), by, AT)
        elif deed == SEND:
            send(store, place(store, files=files), by, AT)
        else:
            drafts = read_work(store).drafts
            files = apply(files, {name: one.value for name, one in drafts.items()})
            with writing(store) as connection:
                publish_drafts(connection, drafts, by, AT)
    assert writers(store, RISKS, "en-US") == {person.id for person in wrote}


def test_a_letter_changed_by_another_leaves_a_third_to_approve(store: Store) -> None:
    write(store, "Risk", 0, ANA)
    send(store, place(store), ANA, AT)
    write(store, "Risks", 1, BO)
    send(store, place(store), BO, AT)
    tries = [sign(store, place(store), "editor", one, ALL, AT) for one in (ANA, BO, CY)]
    assert tries == ["own-words", "own-words", ""]
    assert sign(store, place(store), "clinician", DEE, ALL, AT) == ""


def test_a_writer_whose_words_were_undone_may_sign(store: Store) -> None:
    write(store, "Risk", 0, ANA)
    undo(store, field_of(FILES, TITLE), LIVE, ANA, AT)
    write(store, "The risks", 2, BO)
    assert writers(store, RISKS, "en-US") == {BO.id}


def test_a_common_field_makes_its_writer_one_of_every_language(store: Store) -> None:
    write(store, ("F-001",), 0, CY, FACTS)
    write(store, "Riesgos", 0, ANA, SPANISH)
    assert writers(store, RISKS, "en-US") == {CY.id}
    assert writers(store, RISKS, "es-US") == {ANA.id, CY.id}


def test_a_sign_off_of_words_nobody_sent_is_refused(store: Store) -> None:
    write(store, "Risk")
    send(store, place(store), ANA, AT)
    forged = Place(RISKS, "en-US", "0" * 16)
    assert sign(store, forged, "editor", BO, ALL, AT) == "not-now"
    assert [one.role for one in read_work(store).sign_offs] == ["writer"]


def test_live_words_that_nobody_signed_can_be_signed(store: Store) -> None:
    here = place(store, "es-US")
    assert sign(store, here, "clinician", CY, ALL, AT) == ""
    assert sign(store, here, "clinician", BO, ALL, AT) == "signed-already"
    write(store, "Riesgos", name=SPANISH)
    assert [one.role for one in read_work(store).sign_offs] == ["clinician"]


def test_words_that_can_not_be_read_together_are_in_writing(store: Store) -> None:
    write(store, ("One.",), name="topics/risks.toml:en-US.parts")
    assert stands(store)["en-US"] == "writing"
    assert ready(FILES, read_work(store), POLICY) == ()


def test_a_draft_of_a_topic_that_is_gone_is_told(store: Store) -> None:
    write(store, "Risk")
    write(store, "Clinic", name="line.toml:name.en-US")
    less = {name: text for name, text in FILES.items() if name != "topics/risks.toml"}
    menu = apply(less, {"menu.toml:option.3.topics": ()})
    assert [one.field for one in lost(menu, read_work(store))] == [TITLE]


def test_times_are_kept_to_the_microsecond_in_utc(store: Store) -> None:
    moment = AT + timedelta(microseconds=1)
    save(store, field_of(FILES, TITLE), "Risk", 0, LIVE, ANA, moment)
    assert read_work(store).drafts[TITLE].at == moment


def test_words_that_changed_underneath_must_be_sent_again(store: Store) -> None:
    """Another release came in between, with other words in the fields nobody drafted."""
    write(store, "Risk")
    approve(store)
    other = apply(FILES, {ACTION: "Ask."})
    for policy in (POLICY, Policy({"en-US": ()})):
        assert standings(other, read_work(store), policy, RISKS)["en-US"] == "writing"


# What the manager chose --------------------------------------------------------------------------


def test_what_nobody_chose_is_as_usual(store: Store) -> None:
    assert read_choices(store) == Choices(Policy(), ON)


def test_who_must_sign_is_kept_and_recorded(store: Store) -> None:
    policy = Policy({"en-US": ("clinician",), "es-US": ()}, "fall-back")
    choose_policy(store, Policy({"en-US": ("editor",)}), DEE, AT)
    choose_policy(store, policy, DEE, AT)
    assert read_choices(store).policy == policy
    assert deeds(store) == ["policy-chosen ", "policy-chosen "]


@pytest.mark.parametrize("policy", [Policy({"en-US": ("manager",)}), Policy({}, "burn")])
def test_a_policy_that_makes_no_sense_is_refused(store: Store, policy: Policy) -> None:
    with pytest.raises(ValueError, match="policy"):
        choose_policy(store, policy, DEE, AT)


def test_topics_and_the_line_are_switched_one_by_one(store: Store) -> None:
    switch_topic(store, "risks", True, DEE, AT)
    switch_topic(store, "before", True, DEE, AT)
    assert read_choices(store).off == Off(frozenset({"before", "risks"}))
    switch_line(store, True, BO, AT)
    switch_topic(store, "risks", False, DEE, AT)
    assert read_choices(store).off == Off(frozenset({"before"}), True)
    switch_line(store, False, BO, AT)
    assert read_choices(store).off == Off(frozenset({"before"}))
    assert deeds(store)[1:4] == [
        "topic-switched-off before",
        "line-switched-off ",
        "topic-switched-on risks",
    ]


def test_an_expired_topic_falls_back_where_the_manager_chose_so(script: Script) -> None:
    late = date(2030, 1, 1)
    off = Off(frozenset({"gone"}))
    assert Choices(Policy(), off).off_on(script, late) == off
    fallen = Choices(Policy(expired="fall-back"), off)
    assert fallen.off_on(script, late).topics == {"gone", *script.topics}
    assert fallen.off_on(script, date(2026, 11, 21)) == off
