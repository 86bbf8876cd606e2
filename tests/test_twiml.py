"""Replies as TwiML: a table of documents, and what every document of the script must keep."""

from collections.abc import Iterator
from urllib.parse import urlsplit
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import kept
from voice import dialog
from voice.dialog import Ask, Reply, State
from voice.release import Release, utterances
from voice.script import Script, Utterance
from voice.thread import Text
from voice.twiml import Surroundings, call, messages, xml_safe

ADDRESS = "https://line.example/voice/1/main/en-US/normal/0"
AROUND = Surroundings(ADDRESS, "en-US", "risks,a person", "+12125550135", "+12125550150")
WELCOME = Utterance("Welcome.", "en-US", "normal", 400)
HOLA = Utterance("¿Qué tal? <b> & más", "es-US", "normal", 150)
CLIPS = {WELCOME: "https://line.example/audio/0123456789abcdef.wav"}

Tree = tuple[str, dict[str, str], str, list["Tree"]]
"""A verb: its name, attributes, text, children."""


def tree(element: Element) -> Tree:
    text = (element.text or "").strip()
    return element.tag, dict(element.attrib), text, [tree(child) for child in element]


def verbs(document: bytes) -> list[Tree]:
    root = ElementTree.XML(document)
    assert root.tag == "Response"
    return [tree(verb) for verb in root]


def verb(name: str, text: str = "", *inside: Tree, **attributes: str) -> Tree:
    return name, attributes, text, list(inside)


PLAY = verb("Play", CLIPS[WELCOME])
SAY = verb("Say", "¿Qué tal? <b> & más", language="es-US")
REDIRECT = verb("Redirect", ADDRESS, method="POST")


def keys(timeout: str, *inside: Tree, **more: str) -> Tree:
    few = {"numDigits": "1", "finishOnKey": ""}
    return verb(
        "Gather", "", *inside, **{**few, **more}, input="dtmf", timeout=timeout,
        action=ADDRESS, method="POST",
    )  # fmt: skip


def listening(timeout: str, **more: str) -> Tree:
    few = {"numDigits": "1", "finishOnKey": "", "actionOnEmptyResult": "true"}
    return verb(
        "Gather", "", **{**few, **more}, input="dtmf speech", timeout=timeout,
        speechTimeout="auto", language="en-US", hints="risks,a person",
        action=ADDRESS, method="POST",
    )  # fmt: skip


def dial() -> Tree:
    return verb(
        "Dial", "", verb("Number", "+12125550135"), action=ADDRESS, method="POST", timeout="25",
        callerId="+12125550150",
    )  # fmt: skip


DOCUMENTS = {
    "a-question": (
        Reply((WELCOME,), ask=Ask(10, speech=True)),
        [keys("1", PLAY), listening("10"), REDIRECT],
    ),
    "a-question-in-two-languages": (
        Reply((WELCOME, HOLA), ask=Ask(25, speech=True)),
        [keys("1", PLAY, SAY), listening("25"), REDIRECT],
    ),
    "a-question-for-keys-alone": (
        Reply((WELCOME,), ask=Ask(120, speech=False)),
        [keys("120", PLAY), REDIRECT],
    ),
    "a-number": (
        Reply((WELCOME,), ask=Ask(12, speech=True, digits=10)),
        [
            keys("5", PLAY, numDigits="10", finishOnKey="#"),
            listening("7", numDigits="10", finishOnKey="#"),
            REDIRECT,
        ],
    ),
    "a-call-to-somebody-who-may-be-a-machine": (
        Reply((WELCOME,), ask=Ask(10, speech=True), ends=True, parting=(HOLA, WELCOME)),
        [
            keys("1", PLAY),
            listening("10", actionOnEmptyResult="false"),
            keys("1", SAY, PLAY),
            verb("Hangup"),
        ],
    ),
    "a-pause-that-asks-once-in-between": (
        Reply((WELCOME,), ask=Ask(120, speech=False), parting=(HOLA,), patience=120),
        [keys("120", PLAY), keys("120", SAY), REDIRECT],
    ),
    "a-part-that-goes-on-by-itself": (Reply((WELCOME,)), [keys("1", PLAY), REDIRECT]),
    "a-clip-is-missing": (Reply((HOLA,)), [keys("1", SAY), REDIRECT]),
    "a-person-is-called": (Reply((WELCOME,), dial=True), [keys("1", PLAY), dial(), REDIRECT]),
    "a-person-is-called-without-a-clip": (
        Reply((HOLA,), dial=True),
        [keys("1", SAY), dial(), REDIRECT],
    ),
    "the-end": (Reply((WELCOME,), ends=True), [keys("1", PLAY), verb("Hangup")]),
    "the-end-without-a-clip": (
        Reply((HOLA, WELCOME), ends=True),
        [keys("1", SAY, PLAY), verb("Hangup")],
    ),
}


@pytest.mark.parametrize(("reply", "document"), DOCUMENTS.values(), ids=DOCUMENTS)
def test_a_reply_becomes_a_document(reply: Reply, document: list[Tree]) -> None:
    assert verbs(call(reply, AROUND, CLIPS.get)) == document


@pytest.mark.parametrize(
    ("texts", "document"),
    [
        ((), []),
        (("Call 911.",), [verb("Message", "Call 911.")]),
        (("<1> & ¿dos?", "two"), [verb("Message", "<1> & ¿dos?"), verb("Message", "two")]),
        (("one\x0b two\x00\ud800\ufffe",), [verb("Message", "one two")]),
    ],
    ids=["nothing", "one", "two", "control-characters"],
)
def test_texts_become_messages(texts: tuple[str, ...], document: list[Tree]) -> None:
    assert verbs(messages(texts)) == document


def test_sound_goes_along_with_its_words_and_each_text_says_what_became_of_it() -> None:
    sound = "https://line.example/audio/0123456789abcdef.mp3"
    told = "https://line.example/sms/status"
    document = verbs(messages((Text("Risks & more", (sound,)), Text("Bye")), told))
    with_sound = (verb("Body", "Risks & more"), verb("Media", sound))
    assert document == [
        verb("Message", "", *with_sound, statusCallback=told),
        verb("Message", "Bye", statusCallback=told),
    ]


def test_control_characters_of_a_script_never_reach_the_document() -> None:
    odd = Utterance("one\x00\x0b two\x1b\ud800\uffff", "en-US", "normal", 150)
    ((_, _, _, (said,)), _) = verbs(call(Reply((odd,)), AROUND, {}.get))
    assert said == verb("Say", "one two", language="en-US")


UNICODE = st.text(st.characters(exclude_categories=()), max_size=200)


@given(words=UNICODE)
def test_no_words_at_all_break_a_document(words: str) -> None:
    spoken = Reply((Utterance(words, "en-US", "normal", 150),), ask=Ask(10, speech=True))
    assert len(verbs(call(spoken, AROUND, {}.get))) == 3
    assert len(verbs(messages((words, words)))) == 2
    assert xml_safe(xml_safe(words)) == xml_safe(words)


# Every document of the shipped script ------------------------------------------------------------


def clip(utterance: Utterance) -> str:
    return f"https://line.example/audio/{abs(hash(utterance)):016x}.wav"


@pytest.fixture(scope="module")
def with_clips(script: Script) -> Release:
    return kept.served(script, 7, clip=clip)


@pytest.fixture(scope="module")
def without_clips(script: Script) -> Release:
    return kept.served(script, 7)


def parsed(release: Release) -> dict[State, Element]:
    """Every document, none of them larger than Twilio takes."""
    found = {}
    for state, body in release.replies.items():
        assert len(body) < 64_000, state
        found[state] = ElementTree.XML(body)
    return found


@pytest.fixture(scope="module")
def played(with_clips: Release) -> dict[State, Element]:
    return parsed(with_clips)


@pytest.fixture(scope="module")
def read_out(without_clips: Release) -> dict[State, Element]:
    return parsed(without_clips)


@pytest.fixture(scope="module", params=["played", "read_out"])
def documents(request: pytest.FixtureRequest) -> dict[State, Element]:
    found: dict[State, Element] = request.getfixturevalue(request.param)
    return found


def every(documents: dict[State, Element], name: str) -> Iterator[tuple[State, Element]]:
    for state, root in documents.items():
        for element in root.iter(name):
            yield state, element


def test_every_question_is_followed_by_a_way_on_and_every_document_ends(
    documents: dict[State, Element],
) -> None:
    for state, root in documents.items():
        names = [verb.tag for verb in root]
        assert names[-1] in ("Redirect", "Hangup"), state
        assert names.count("Redirect") + names.count("Hangup") == 1, state
        assert names in (
            ["Gather", "Redirect"],
            ["Gather", "Gather", "Redirect"],
            ["Gather", "Gather", "Gather", "Redirect"],
            ["Gather", "Dial", "Redirect"],
            ["Gather", "Hangup"],
            ["Gather", "Gather", "Gather", "Hangup"],
        ), state
        rings = names == ["Gather", "Gather", "Gather", "Hangup"]
        assert rings == (state.kind == "ring"), state


def test_every_question_sends_back_to_its_own_state(documents: dict[State, Element]) -> None:
    for state, root in documents.items():
        path = f"/voice/7/{state.place}/{state.locale}/{state.pace}/{state.tries}"
        addresses = [verb.get("action") for verb in root if verb.get("action")]
        addresses += [verb.text for verb in root.iter("Redirect")]
        assert {urlsplit(address or "").path for address in addresses} <= {path}, state


def test_all_that_is_said_can_be_stopped_by_a_key(documents: dict[State, Element]) -> None:
    for state, root in documents.items():
        assert not [verb for verb in root if verb.tag in ("Play", "Say")], state


def test_every_gather_takes_one_key_star_and_pound_too_or_a_whole_number(
    documents: dict[State, Element],
) -> None:
    for state, gather in every(documents, "Gather"):
        number = state.kind == "callback-number"
        assert gather.get("numDigits") == ("11" if number else "1"), state
        assert gather.get("finishOnKey") == ("#" if number else ""), state
        assert "dtmf" in (gather.get("input") or ""), state


def test_the_next_digit_of_a_number_is_waited_for_five_seconds_and_no_longer_than_it_must(
    documents: dict[State, Element],
) -> None:
    for state, root in documents.items():
        if state.kind == "callback-number":
            waits = [int(gather.attrib["timeout"]) for gather in root.iter("Gather")]
            assert min(waits) == 5, state
            assert sum(waits) == {"0": 10, "1": 12, "2": 15}[state.tries], state


def test_speech_is_heard_in_the_callers_language_with_hints_the_recogniser_takes(
    script: Script,
    documents: dict[State, Element],
) -> None:
    heard = [(s, g) for s, g in every(documents, "Gather") if "speech" in g.attrib["input"]]
    assert heard
    for state, gather in heard:
        assert gather.get("language") == state.locale
        hints = gather.attrib["hints"].split(",")
        assert 20 < len(hints) <= 500
        assert all(0 < len(hint) <= 100 for hint in hints)
        more = dialog.reply(script, state).parting  # said after a silence, and waited again
        assert gather.get("actionOnEmptyResult") == ("false" if more else "true"), state


def test_clips_are_played_from_absolute_addresses_and_nothing_is_said_beside_them(
    with_clips: Release, played: dict[State, Element]
) -> None:
    for state, play in every(played, "Play"):
        address = urlsplit(play.text or "")
        assert (address.scheme, address.netloc) == ("https", "line.example"), state
    assert not list(every(played, "Say"))
    assert with_clips.unspoken == ()


def test_without_clips_the_same_words_are_said_in_their_own_language(
    script: Script, without_clips: Release, read_out: dict[State, Element]
) -> None:
    for state, root in read_out.items():
        said = [(say.get("language"), say.text) for say in root.iter("Say")]
        reply = dialog.reply(script, state)
        says = (*reply.says, *reply.parting)
        assert said == [(utterance.locale, utterance.words) for utterance in says], state
    assert set(without_clips.unspoken) == set(utterances(script))


def test_a_person_is_dialled_with_the_lines_own_number(documents: dict[State, Element]) -> None:
    dials = list(every(documents, "Dial"))
    assert {state.place for state, _ in dials} == {"transfer"}
    for _, dial_verb in dials:
        assert dial_verb.get("callerId") == "+12125550150"
        assert [number.text for number in dial_verb] == ["+12125550135"]
