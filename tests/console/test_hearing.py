"""Words in work heard, rung, and said in another way, before any caller hears them."""

import html
import json
import re
import shutil
import signal
from collections.abc import Iterator

import pytest
from flask import Flask

from tests.console.conftest import Browser, Office
from tests.house import OPEN
from voice import console
from voice.draft.field import Value
from voice.draft.fields import field_of, read
from voice.draft.review import Person
from voice.measures import measures
from voice.rehearsal import maker, sounds
from voice.rehearsal import orders as rehearsal_orders
from voice.rehearsal.orders import Orders, Progress
from voice.speech.clips import read_manifest
from voice.speech.engine import SpeechError
from voice.speech.measure import measure
from voice.store import Tally
from voice.store.drafts import read_work, save, undo
from voice.store.staff import ROLES, everyone
from voice.web import create_app

MESSAGE = "topics/risks.toml:en-US.main_message"
NEW = "Every treatment has risks, and we name them here."
HEAR = "/console/hear/topics/risks"
SAID = {"word": "cement", "locale": "en-US", "like": "see-ment"}
ASK = {"Accept": "application/json"}


@pytest.fixture(scope="module")
def staffed(published: Office) -> Iterator[Office]:
    """An office with somebody of each role and a reader of Spanish; what is made goes again."""
    for role in ROLES:
        published.hire(f"{role}.hearing@x.org", role)
    published.hire("ella.hearing@x.org", "writer", locale="es")
    yield published
    shutil.rmtree(Orders(published.settings).root, ignore_errors=True)
    SIGNED_IN.clear()


@pytest.fixture
def office(staffed: Office, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """Sound is made while a request waits; afterwards nothing is in work."""
    monkeypatch.setattr(rehearsal_orders, "launch", maker.carry_out)
    yield staffed
    for name in read_work(staffed.store).drafts:
        field = field_of(staffed.live.script.files, name)
        undo(staffed.store, field, live(staffed, name), Person(1, "Any"), OPEN)


def live(office: Office, name: str) -> Value:
    return read(office.live.script.files, field_of(office.live.script.files, name))


def write(office: Office, value: Value = NEW, name: str = MESSAGE, version: int = 0) -> None:
    field = field_of(office.live.script.files, name)
    newest = read_work(office.store).drafts.get(name)
    version = newest.version if newest else version
    save(office.store, field, value, version, live(office, name), Person(1, "Any"), OPEN)


SIGNED_IN: dict[str, Browser] = {}
"""Browsers by role: signing in takes longer than most of these tests."""


def browser(office: Office, role: str = "writer", path: str = "/console/hear") -> Browser:
    if role not in SIGNED_IN:
        SIGNED_IN[role] = office.signed_in(f"{role}.hearing@x.org")
    here = SIGNED_IN[role]
    assert here.get(path).status_code == 200
    return here


def made(here: Browser, path: str = HEAR) -> str:
    """The page once its sound is made."""
    here.get(path)
    assert here.post(path).status_code == 303
    return here.get(path).text


def sources(page: str) -> list[str]:
    return re.findall(r'<audio controls preload="none" src="([^"]+)"', page)


# Hear --------------------------------------------------------------------------------------------


def test_a_changed_word_is_heard_in_the_draft_and_the_rest_as_callers_hear_it(office: Office):
    write(office)
    page = made(browser(office))
    clips = sources(page)
    new = [src for src in clips if src.startswith("/console/")]
    assert len(new) == 2  # one part, at two paces
    assert len(clips) > 10
    assert {src.split("/")[1] for src in clips} == {"audio", "console"}
    assert page.count('class="mark new"') == 1
    root = Orders(office.settings).root
    heard = [sounds.found(root, *src.split("/")[4:]) for src in new]
    assert {clip.pace for clip in heard} == {"normal", "slow"}
    assert all(clip.words.startswith(NEW) for clip in heard)
    assert not any(NEW in key.words for key in read_manifest(office.settings.audio).clips)


@pytest.mark.parametrize(
    "subject", ["topics/risks", "prompts", "menu", "clinic", "lexicon", "words", "pages"]
)
def test_a_subject_leads_to_its_sound_only_where_it_has_any(office: Office, subject: str):
    here = browser(office)
    for path in (f"/console/words/{subject}", f"/console/review/{subject}"):
        found = re.findall(r'href="(/console/hear/[^"]*)"', here.get(path).text)
        assert len(found) == (subject not in ("words", "pages"))
        assert {here.get(place).status_code for place in found} <= {200}


def test_a_clip_of_the_draft_is_for_staff_alone_and_kept_by_no_browser(office: Office):
    write(office)
    here = browser(office, "clinician")
    src = next(src for src in sources(made(here)) if src.startswith("/console/"))
    answer = here.client.get(src)
    assert answer.headers["Content-Type"] == "audio/wav"
    assert answer.headers["Cache-Control"] == "no-store"
    assert abs(measure(answer.data).level + 21) < 1
    part = here.client.get(src, headers={"Range": "bytes=0-99"})
    assert (part.status_code, len(part.data)) == (206, 100)
    assert office.browser().get(src).status_code == 303
    assert here.client.get(src.replace("console/hear/sound", "audio")).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/console/hear/sound/..%2F..%2Faudio/x",
        "/console/hear/sound/0123456789abcdef/0123456789abcdef",
        "/console/hear/sound/0123456789ABCDEF/0123456789abcdef",
        "/console/hear/topics/nothing",
        "/console/hear/pages",
        "/console/hear/%00",
        "/console/ring?subject=topics/nothing",
    ],
)
def test_what_is_not_there_is_not_found(office: Office, path: str):
    assert browser(office).get(path).status_code == 404


def test_an_order_that_nobody_gave_is_over(office: Office):
    here = browser(office)
    for name in ("0123456789abcdef", "..", "x"):
        answer = here.get(f"/console/hear/progress/{name}").get_json()
        assert answer == {"running": False, "done": 0, "total": 0, "told": ""}


def test_a_script_is_told_how_far_it_is(office: Office):
    write(office)
    here = browser(office, path=HEAR)
    answer = here.client.post(HEAR, data={"csrf_token": here.token}, headers=ASK)
    place = answer.get_json()["progress"]
    assert here.get(place).get_json() == {
        "running": False, "done": 2, "total": 2, "told": "2 of 2 clips",
    }  # fmt: skip


def states() -> dict[str, tuple[Progress, str, bool]]:
    return {
        "made": (Progress("making", 3, 9), "3 of 9 clips", True),
        "begun": (Progress("waiting"), "The sound is being made.", True),
        "late": (Progress("late", 3, 9), "This took too long: 3 of 9", False),
        "failed": (Progress("failed", reason="No <voice>"), "No &lt;voice&gt;", False),
        "died": (Progress("died", 3, 9), "It stopped before the end.", False),
    }


@pytest.mark.parametrize(("told", "words", "again"), states().values(), ids=states())
def test_each_state_is_told_and_without_a_script_the_page_asks_again(
    office: Office, monkeypatch, told: Progress, words: str, again: bool
):
    here = browser(office)
    monkeypatch.setattr(Orders, "progress", lambda *_: told)
    page = here.get(f"{HEAR}?all=es-US").text
    assert words in page
    asks = f'<noscript><meta http-equiv="refresh" content="2; url={HEAR}?all=es-US"></noscript>'
    assert (asks in page) == again
    assert ('class="make"' in page) != again
    assert sources(page) == []


def test_what_fails_and_what_takes_too_long_is_noted(office: Office, monkeypatch):
    write(office, "This cannot be said.")
    here = browser(office)
    for breaks, words in ((_fails, "Buy one."), (_lasts, "This took too long")):
        monkeypatch.setattr(maker.Studio, "hear", breaks)
        assert words in made(here)
    assert signal.getsignal(signal.SIGALRM) == signal.SIG_DFL


def _fails(*_: object) -> None:
    raise SpeechError("No voice.", "Buy one.")


def _lasts(*_: object) -> None:
    assert signal.getitimer(signal.ITIMER_REAL)[0] > maker.LONGEST - 5
    signal.raise_signal(signal.SIGALRM)


def test_who_waits_for_other_sound_is_told_so(office: Office):
    here = browser(office)
    orders = Orders(office.settings)
    made(here)
    write(office, "Other words, to be made now.")
    me = next(one for one in everyone(office.store) if one.email == "writer.hearing@x.org")
    with orders.taken("other", me.id):
        assert "Other sound is being made" in made(here)
        answer = here.client.post(HEAR, data={"csrf_token": here.token}, headers=ASK)
        assert answer.get_json()["progress"] == ""


def test_words_that_do_not_fit_together_are_told_with_what_to_mend(office: Office):
    write(office, "Call {nobody} <now>.")
    here = browser(office)
    for path in (HEAR, "/console/ring?subject=topics/risks"):
        page = here.get(path).text
        assert "Risks of the treatment: Main message, English" in page
        assert "There is {nobody} in the text." in page
    assert here.post(HEAR).status_code == 303
    assert telephone(here, "?subject=topics/risks").token == ""


def test_of_a_subject_that_is_no_topic_only_what_is_new_is_shown(office: Office):
    write(office, "Hello, this is {clinic}.", "prompts.toml:en-US.call.welcome")
    here = browser(office)
    page = made(here, "/console/hear/prompts")
    assert len(sources(page)) == 2
    assert page.count("Nothing sounds new") == 1
    every = here.get("/console/hear/prompts?all=es-US").text
    assert len(sources(every)) > 100
    spanish = browser(office, "ella", "/console/hear/prompts").page
    assert '<h2 id="in-es-US">Español</h2>' in spanish
    assert "que ya se oyen en la línea, español</a>" in spanish


def test_subjects_in_work_stand_first(office: Office):
    here = browser(office)
    assert "There is no draft now." in here.page
    write(office)
    page = here.get("/console/hear").text
    assert page.index("/console/hear/topics/risks") < page.index("As callers hear it now")


# Say it like -------------------------------------------------------------------------------------


def tried(here: Browser, **fields: str) -> str:
    """The page once a word was said in another way."""
    here.get("/console/say")
    answer = here.post("/console/say", **SAID | fields)
    assert answer.status_code == 303, answer.text
    here.page = here.get(answer.location).text
    return here.page


def test_a_word_said_in_another_way_is_heard_before_and_after(office: Office):
    here = browser(office, "clinician")
    page = tried(here)
    before, after = (here.client.get(src) for src in sources(page))
    assert (before.status_code, after.status_code) == (200, 200)
    assert before.data != after.data
    assert "cement" in re.search(r'class="words" lang="en-US">([^<]+)<', page)[1].lower()
    assert "Your roles do not let you keep it." in page
    assert read_work(office.store).drafts == {}


def test_where_a_word_can_not_be_heard_the_page_says_so_and_its_form_stays(
    office: Office, monkeypatch
):
    here = browser(office)
    monkeypatch.setattr(Orders, "progress", lambda *_: Progress("failed", reason="No voice."))
    page = here.client.get("/console/say", query_string=SAID).text
    assert "No voice." in page
    assert page.count('action="/console/say"') == 1
    assert 'class="make"' not in page
    assert 'value="see-ment"' in page


def test_what_sounds_the_same_can_not_be_kept(office: Office):
    page = tried(browser(office), like="cement")
    assert "It sounds the same as before." in page
    assert "/console/say/save" not in page


def test_a_word_the_line_does_not_say_is_heard_alone(office: Office):
    page = tried(browser(office), word="stent", locale="es-US", like="estent")
    assert "is not in the words of the line yet" in page
    assert len(sources(page)) == 2


def keep(here: Browser, **fields: str):
    seen = dict(re.findall(r'name="(seen:\w+)" value="([^"]*)"', here.page))
    return here.post("/console/say/save", **SAID | seen | fields)


def test_how_a_word_is_said_is_kept_as_a_draft_and_then_heard_wherever_it_is_said(office: Office):
    here = browser(office)
    tried(here)
    assert keep(here).status_code == 303
    drafts = read_work(office.store).drafts
    kept = {draft.field.split(".")[3]: draft.value for draft in drafts.values()}
    assert {draft.subject for draft in drafts.values()} == {"lexicon"}
    assert kept["say"] == "see-ment"
    assert re.fullmatch(r"\[\[\S+\]\]", kept["espeak"])
    assert kept["ipa"].startswith("s")
    assert "is kept in the draft" in here.get("/console/say").text
    assert "is said like “see-ment” now" in here.get("/console/say?word=Cement").text
    page = made(here, "/console/hear/lexicon")
    heard = re.findall(r'class="words" lang="en-US">([^<]+)<', page)
    assert heard
    assert all("cement" in words.lower() for words in heard)


def test_what_was_not_heard_can_not_be_kept(office: Office):
    here = browser(office, path="/console/say")
    answer = keep(here, like="never heard")
    assert read_work(office.store).drafts == {}
    assert "Hear it first" in here.get(answer.location).text


def test_of_two_who_change_how_a_word_is_said_the_second_is_told(office: Office):
    here = browser(office)
    tried(here)
    write(office, "seh-ment", "lexicon.toml:word.en.say.cement")
    answer = keep(here)
    assert "Somebody else changed" in here.get(answer.location).text
    drafts = read_work(office.store).drafts
    assert drafts["lexicon.toml:word.en.say.cement"].value == "seh-ment"


def test_a_translator_keeps_words_of_the_other_languages_alone(office: Office):
    here = browser(office, "translator")
    assert "/console/say/save" not in tried(here)
    assert keep(here).status_code == 303
    assert read_work(office.store).drafts == {}
    spanish = {"word": "cemento", "locale": "es-US", "like": "semiento"}
    assert "/console/say/save" in tried(here, **spanish)
    keep(here, **spanish)
    assert {draft.locale for draft in read_work(office.store).drafts.values()} == {"es"}


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"word": ""}, "word"),
        ({"word": "[[k'aI]]"}, "word"),
        ({"word": "x" * 5000}, "word"),
        ({"like": ""}, "like"),
        ({"like": "[[h@l'oU]]"}, "like"),
        ({"like": "<script>alert(1)</script>"}, "like"),
        ({"like": "; rm -rf /"}, "like"),
        ({"locale": "xx-XX"}, "locale"),
        ({"locale": "../../etc"}, "locale"),
    ],
)
def test_hostile_words_are_refused_in_words(office: Office, fields, field: str):
    here = browser(office, path="/console/say")
    for path in ("/console/say", "/console/say/save"):
        answer = here.post(path, **SAID | fields)
        assert answer.status_code == 422
        assert f'href="#{field}' in answer.text
        assert "<script>alert" not in answer.text
    asked = here.client.get("/console/say", query_string=SAID | fields)
    assert asked.status_code == 200
    assert "<script>alert" not in asked.text


# Ring --------------------------------------------------------------------------------------------


class Telephone:
    """The page of the telephone, as its script sees it, through any worker's app."""

    def __init__(self, here: Browser, page: str) -> None:
        self.here = here
        self.token = _attribute(page, "data-page")
        self.scope = _attribute(page, "data-scope")
        self.csrf = _attribute(page, "data-token")
        self.call = ""

    def post(self, what: str, fields: dict[str, str], **headers: str):
        path = f"/console/ring/{what}{self.scope}"
        sent = {"X-CSRFToken": self.csrf, "Origin": "http://localhost"} | headers
        return self.here.client.post(path, json={"page": self.token} | fields, headers=sent)

    def do(self, deed: str, value: str = "") -> str:
        """Do something; the words that are heard."""
        answer = self.post("call", {"call": self.call, "do": deed, "value": value})
        assert answer.status_code == 200, answer.text
        self.call = answer.json["call"]
        self.heard = answer.json["heard"]
        return " ".join(row.get("words", "") for row in self.heard)

    def text(self, body: str):
        return self.post("text", {"body": body}).get_json()

    def texts(self, body: str) -> list[str]:
        return [reply["body"] for reply in self.text(body)["replies"]]


def _attribute(page: str, name: str) -> str:
    found = re.search(f'{name}="([^"]*)"', page)
    return html.unescape(found[1]) if found else ""


def telephone(here: Browser, asked: str = "") -> Telephone:
    return Telephone(here, here.get(f"/console/ring{asked}").text)


def test_who_rings_the_draft_hears_and_reads_its_words_and_nothing_is_counted(
    office: Office, monkeypatch
):
    counted = []
    monkeypatch.setattr(Tally, "count", lambda _, use: counted.append(use))
    write(office, "Now we name the risks.")
    write(office, ("RISKS: every treatment has some.",), "topics/risks.toml:en-US.texts")
    here = browser(office, "translator", "/console/ring?subject=topics/risks")
    assert "This is the draft. Callers do not hear it." in here.page
    phone = telephone(here, "?subject=topics/risks")
    phone.do("dial")
    phone.do("press", "1")
    assert "Now we name the risks." in phone.do("press", "3")
    part = phone.heard[-1]
    assert part["src"].startswith("/console/hear/sound/")
    assert here.client.get(part["src"]).status_code == 404  # until it is made
    assert here.post("/console/ring/sound?subject=topics/risks").status_code == 303
    assert here.client.get(part["src"]).status_code == 200
    assert "The sound of the draft is ready." in here.get("/console/ring?subject=topics/risks").text
    assert "RISKS: every treatment has some." in phone.texts("RISKS")[0]
    assert phone.text("CALL ME")["shown"][0]["kind"] == "call"
    phone.do("hang-up")
    assert counted == []


def test_another_worker_goes_on_with_a_call_and_new_words_are_heard_from_the_next_key_on(
    office: Office,
):
    here = browser(office)
    phone = telephone(here)
    assert phone.scope == ""
    phone.do("dial")
    phone.do("press", "1")
    write(office, "Now other words.")
    other = _second_worker(office).test_client()
    other._cookies = here.client._cookies
    phone.here = Browser(other, here.headers)
    assert "Now other words." in phone.do("press", "3")


def _second_worker(office: Office) -> Flask:
    routes = console.blueprint(office.settings, office.store, office.live, office.clock)
    return create_app(office.settings, office.store, office.live, measures(), [routes])


def test_the_telephone_of_the_draft_answers_only_its_own_page(office: Office):
    here = browser(office)
    phone = telephone(here)
    dial = {"call": "", "do": "dial", "value": ""}
    assert phone.post("call", dial, Origin="https://evil.example").status_code == 400
    stale = phone.post("call", dial, **{"X-CSRFToken": "x"})
    assert (stale.status_code, stale.json["why"]) == (400, "old")
    assert phone.post("call", dial | {"page": "forged"}).status_code == 403
    assert phone.post("call", dial | {"call": "forged", "do": "press"}).status_code == 403
    assert phone.post("text", {"body": "x" * 501}).status_code == 400
    phone.scope = "?subject=topics/nothing"
    for what in ("call", "text"):
        gone = phone.post(what, dial | {"body": "risks"})
        assert (gone.status_code, gone.json["why"]) == (404, "unknown")
    stranger = office.browser().client
    answer = stranger.post("/console/ring/call", json=dial, headers=ASK)
    assert (answer.status_code, json.loads(answer.data)) == (401, {"sign_in": "/console/sign-in"})


def test_while_the_words_do_not_fit_together_the_telephone_says_so(office: Office):
    here = browser(office)
    phone = telephone(here)
    phone.scope = "?subject=topics/risks"
    write(office, "Call {nobody}.")
    answer = phone.post("call", {"call": "", "do": "dial", "value": ""})
    assert (answer.status_code, answer.json["why"]) == (409, "broken")


def test_a_slip_in_braces_on_a_page_keeps_nobody_from_ringing_or_recording(office: Office):
    here = browser(office)
    write(office, "The line, {line_fone}", "pages.toml:en-US.try.line_number")
    write(office, "Again, call {fone}.", "pages.toml:en-US.off.again")
    assert "The line, {line_fone}" in here.get("/console/ring").text
    assert here.get("/console/recordings/en-US").status_code == 200


def test_words_that_can_not_be_read_are_left_out_and_named_and_the_rest_is_rung(office: Office):
    here = browser(office)
    write(office, "Call {nobody}.")
    write(office, "What we hold on to.", "topics/when-to-get-help.toml:en-US.title")
    page = here.get("/console/ring").text
    named = page.partition('id="left"')[2].partition("</ul>")[0]
    assert re.findall(r'<a href="([^"]+)"', named) == ["/console/ring?subject=topics/risks"]
    phone = telephone(here)
    phone.do("dial")
    phone.do("press", "1")
    assert "What we hold on to." in phone.do("press", "5")
    write(office, "Call somebody.")
    assert 'id="left"' not in here.get("/console/ring").text


# Who may -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ROLES)
def test_all_staff_may_hear_and_ring_and_those_who_write_may_keep(office: Office, role: str):
    here = browser(office, role)
    for path in ("/console/hear", HEAR, "/console/say", "/console/ring"):
        assert here.get(path).status_code == 200, path
    here.get("/console/hear")
    status = here.post("/console/say/save", **SAID).status_code
    assert status == (403 if role == "clinician" else 303)


@pytest.mark.parametrize(
    ("subject", "leads_to"),
    [("pages", ""), ("words", ""), ("menu", "/menu"), ("topics/risks", "/topics/risks")],
)
def test_the_telephone_of_any_subject_leads_to_clips_that_are_there(
    office: Office, subject: str, leads_to: str
) -> None:
    here = browser(office, "translator", f"/console/ring?subject={subject}")
    page = here.get(f"/console/ring?subject={subject}").text
    assert f'href="/console/hear{leads_to}"' in page
    assert here.get(f"/console/hear{leads_to}").status_code == 200
    assert leads_to or f"/console/hear/{subject}" not in page
