"""Words the line did not understand: taught to a draft with one press, or dropped."""

from dataclasses import dataclass, replace
from typing import Final, Literal
from urllib.parse import urlencode

from flask import Blueprint, Response, request, url_for
from flask.typing import ResponseReturnValue

from voice.console.desk import audited, desk, go, now, page, require, say, staff, words
from voice.console.drafting import WRITERS, live_script, may_write, me, opened
from voice.console.names import language_of, locales, readers_locale, title_of
from voice.console.paging import Paging, asked_page
from voice.console.use import CHANNELS
from voice.draft.field import TooLong
from voice.draft.fields import NoSuchField, field_of
from voice.draft.subjects import subject_of
from voice.release import Release
from voice.script import Script
from voice.store.drafts import Saved, save
from voice.store.unmatched_words import Sought, Wording, drop_unmatched, wordings
from voice.understand import normal, understand

A_PAGE: Final = 20
MOST_SOUGHT: Final = 100
"""Letters of what is searched for."""
LONGEST: Final = {"keyword": 100, "question": 500}
"""Letters of what the line may learn: nobody says more again in the same words."""
_TRIES: Final = 3
_FILTER: Final = ("text", "locale", "channel", "practice")
_LEAD: Final = "back_"
"""How a form's fields begin that say what list it stands on."""

Kind = Literal["keyword", "question"]
Outcome = Literal["added", "there", "taken", "conflict", "wordy", "long", "not-yours"]


def add(routes: Blueprint) -> None:
    """Add these pages."""
    routes.add_url_rule("/unknown", "unknown", unknown)
    routes.add_url_rule("/unknown/teach", "unknown_teach", teach, methods=["POST"])
    routes.add_url_rule("/unknown/drop", "unknown_drop", drop, methods=["POST"])


@dataclass(frozen=True)
class Entry:
    """A wording on the page. `guess` is the topic it may be about, "" for none.

    `mine`: the reader may take it off the list. `wrong` says why it was not taught just now.
    """

    wording: Wording
    guess: str
    teachable: bool
    mine: bool
    wrong: str = ""


@dataclass(frozen=True)
class Wrong:
    """Why words were not taught, and the topic that was chosen for them."""

    words: str
    locale: str
    topic: str
    told: str

    def beside(self, one: Entry) -> Entry:
        """An entry; that of these words with what is wrong and the topic that was chosen."""
        is_it = (self.words, self.locale) == (one.wording.words, one.wording.locale)
        return replace(one, guess=self.topic, wrong=self.told) if is_it and one.teachable else one


@require()
def unknown() -> ResponseReturnValue:
    """What was not understood, the newest first."""
    return _shown()


def _shown(wrong: Wrong | None = None) -> Response:
    """The list as it is looked at: what is wrong with a form stands on its card."""
    lead = _LEAD if wrong else ""
    sought, number = _sought(lead), asked_page(f"{lead}page")
    found, count = wordings(desk().store, sought, A_PAGE, (number - 1) * A_PAGE)
    entries = [_entry(desk().live.release, one) for one in found]
    return page(
        "unknown.html",
        400 if wrong else 200,
        wrong=wrong,
        sought=sought,
        entries=[wrong.beside(one) for one in entries] if wrong else entries,
        paging=Paging(number, A_PAGE, count, _back() if wrong else ""),
        topics=_topics(),
        locales=[(one, language_of(one)) for one in locales()],
        channels=[(one, words()(f"unknown.{one}")) for one in CHANNELS],
        language_of=language_of,
    )


@require(*WRITERS)
def teach() -> ResponseReturnValue:
    """Put words into a draft, as a keyword or a question of a topic; they go from the list."""
    script, typed = live_script(), request.form.get("words", "").strip()
    locale, topic = request.form.get("locale", ""), request.form.get("topic", "")
    kind: Kind = "keyword" if request.form.get("kind") == "keyword" else "question"
    if not typed or locale not in script.locales or topic not in script.topics:
        return _shown(Wrong(typed, locale, topic, words()("unknown.choose")))
    outcome = _taught(script, kind, locale, topic, typed)
    told = {"words": typed, "title": title_of(topic), "size": len(typed), "most": LONGEST[kind]}
    if outcome not in ("added", "there"):
        return _shown(Wrong(typed, locale, topic, words()(f"unknown.{outcome}", **told)))
    drop_unmatched(desk().store, typed, locale)
    audited("unknown-taught", f"topic:{topic}", locale=locale, kind=kind)
    say(f"unknown.{outcome}_{kind}", **told)
    return go(_back())


@require(*WRITERS)
def drop() -> ResponseReturnValue:
    """Take words from the list: nothing is to be learned from them."""
    typed, locale = request.form.get("words", "").strip(), request.form.get("locale", "")
    if not _is_mine(locale):
        say("unknown.not-yours")
        return go(_back())
    number = drop_unmatched(desk().store, typed, locale)
    if number:
        audited("unknown-dropped", f"locale:{locale}", times=number)
    say("unknown.dropped" if number else "unknown.gone", words=typed)
    return go(_back())


def _sought(lead: str) -> Sought:
    """What the address asks for; what a form says of it begins with `lead`."""
    asked = {name: request.values.get(f"{lead}{name}", "") for name in _FILTER}
    return Sought(
        text=asked["text"].strip()[:MOST_SOUGHT],
        locale=asked["locale"] if asked["locale"] in locales() else "",
        channel=asked["channel"] if asked["channel"] in CHANNELS else "",
        practice=asked["practice"] == "1",
    )


def _back() -> str:
    """The list as it was looked at; what a form says of it is only ever its own filter."""
    names = (*_FILTER, "page")
    asked = {name: request.form.get(f"{_LEAD}{name}", "")[:MOST_SOUGHT] for name in names}
    query = urlencode({name: text for name, text in asked.items() if text})
    return f"{url_for('console.unknown')}?{query}".rstrip("?")


def _entry(release: Release | None, one: Wording) -> Entry:
    """Some words with what they may be about, as the line itself would guess."""
    mine = _is_mine(one.locale)
    if release is None or one.locale not in release.script.locales:
        return Entry(one, "", False, mine)
    meaning = understand(release.vocabulary, one.locale, one.words)
    ranked = ((meaning.wants, meaning.target), *meaning.also)
    guess = next((name for wants, name in ranked if wants == "topic"), "")
    return Entry(one, guess, mine, mine)


def _is_mine(locale: str) -> bool:
    """Whether who is signed in may deal with words of a locale: a translator not with the first."""
    person = staff()
    if person.holds("writer", "editor", "manager"):
        return True
    return person.holds("translator") and locale not in locales()[:1]


def _topics() -> tuple[tuple[str, str], ...]:
    release = desk().live.release
    if release is None:
        return ()
    locale = readers_locale(release.script)
    return tuple((one.id, one.wording[locale].title) for one in release.script.topics.values())


# Into a draft ------------------------------------------------------------------------------------


def _taught(script: Script, kind: Kind, locale: str, topic: str, typed: str) -> Outcome:
    name = _field(script, kind, locale, topic)
    if kind == "keyword" and _is_anothers(script, locale, topic, typed):
        return "taken"
    if not may_write(staff(), field_of(script.files, name), script.locales):
        return "not-yours"
    if len(typed) > LONGEST[kind]:
        return "wordy"
    try:
        return _saved(script, name, typed)
    except TooLong:
        return "long"


def _field(script: Script, kind: Kind, locale: str, topic: str) -> str:
    """The field for it: a topic's own few sample questions only where there is no list of more."""
    own = f"topics/{topic}.toml:{locale}."
    more = f"questions.toml:{locale}.topics.{topic}"
    if kind == "keyword":
        return f"{own}keywords"
    try:
        return field_of(script.files, more).id
    except NoSuchField:
        return f"{own}sample_questions"


def _saved(script: Script, name: str, typed: str) -> Outcome:
    """Add a line to a field; again where somebody saved in between."""
    subject = subject_of(field_of(script.files, name))
    for _ in range(_TRIES):
        place = opened(subject).places[name]
        if normal(typed) in map(normal, place.value):
            return "there"
        wanted = (*place.value, typed)
        done = save(desk().store, place.field, wanted, place.version, place.live, me(), now())
        if isinstance(done, Saved):
            return "added"
    return "conflict"


def _is_anothers(script: Script, locale: str, topic: str, typed: str) -> bool:
    """Whether these words lead to another topic, or do something else, already."""
    wanted = normal(typed)
    own = (one for one in script.topics.values() if one.id != topic)
    keywords = [word for one in own for word in one.wording[locale].keywords]
    keywords += [word for one in script.options for word in one.wording[locale].keywords]
    return wanted in map(normal, keywords)
