"""Public pages: every topic in large print with its audio, for those who would rather read.

No script runs on them, and nothing is asked of the reader. Everything shown is the live release's.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Request, Response, make_response, render_template, request
from werkzeug.exceptions import ServiceUnavailable

from voice import lists
from voice.dialog import topic_parts
from voice.live import Live
from voice.script import PACES, Pace, Script, Topic
from voice.speech.clips import Manifest
from voice.words import fill

_CACHE = "public, max-age=300"


@dataclass(frozen=True)
class Source:
    """A page that facts come from; `url` is empty if nobody recorded it."""

    title: str
    url: str


@dataclass(frozen=True)
class Audio:
    """A topic's audio at one pace."""

    pace: Pace
    name: str
    minutes: str


@dataclass(frozen=True)
class Entry:
    """A topic in a list of topics."""

    id: str
    title: str


@dataclass(frozen=True)
class Group:
    """The topics behind one main menu key."""

    key: str
    label: str
    topics: tuple[Entry, ...]


@dataclass(frozen=True)
class TopicPage:
    """Everything a topic's page shows."""

    id: str
    title: str
    main_message: str
    points: tuple[str, ...]
    action: str
    audio: tuple[Audio, ...]
    path: str
    keyword: str
    sources: tuple[Source, ...]
    following: Entry


def blueprint(live: Live) -> Blueprint:
    """Return the routes of the public pages."""
    routes = Blueprint("listen", __name__, template_folder="templates", static_folder=None)

    @routes.get("/listen", strict_slashes=False)
    def index() -> Response:
        script, locale = _wanted(live)
        groups = _groups(script, locale)
        return _page(script, locale, "listen_index.html", "/listen", groups=groups)

    @routes.get("/listen/<topic>", strict_slashes=False)
    def topic(topic: str) -> Response:
        script, locale = _wanted(live)
        if topic not in script.topics:
            return missing(script, locale)
        page = topic_page(script, live.manifest, script.topics[topic], locale)
        return _page(script, locale, "listen_topic.html", f"/listen/{topic}", page=page)

    return routes


def missing(script: Script, locale: str) -> Response:
    """Return the friendly page for an address that leads nowhere."""
    more = page_words(script, locale, "missing")
    response = _page(script, locale, "listen_missing.html", "/listen", missing=more)
    response.status_code = 404
    response.headers["Cache-Control"] = "no-store"
    return response


def _wanted(live: Live) -> tuple[Script, str]:
    if live.release is None:
        raise ServiceUnavailable
    script = live.release.script
    return script, locale_of(script, request)


def locale_of(script: Script, asked: Request) -> str:
    """Return the locale a reader asked for, or their browser's, or the line's first."""
    named = _named(script, asked.args.get("locale", ""))
    if named:
        return named
    by_language = {_language(locale): locale for locale in reversed(script.locales)}
    for tag, _ in asked.accept_languages:
        found = by_language.get(_language(tag))
        if found:
            return found
    return script.locales[0]


def _named(script: Script, tag: str) -> str:
    """Return the locale that an address names as people write it: es-US, es_us, or es alone.

    A language that several locales have names none of them.
    """
    spelled = tag.lower().replace("_", "-")
    same = [locale for locale in script.locales if locale.lower() == spelled]
    alike = [locale for locale in script.locales if _language(locale) == _language(spelled)]
    found = same or alike
    return found[0] if len(found) == 1 else ""


def _language(tag: str) -> str:
    return tag.lower().split("-")[0]


def _page(script: Script, locale: str, template: str, path: str, **values: Any) -> Response:
    response = make_response(
        render_template(
            template,
            words=page_words(script, locale, "listen"),
            filled=filler(script, locale),
            language=locale,
            languages=language_links(script),
            line=script.line,
            here=path,
            **values,
        )
    )
    response.headers["Cache-Control"] = _CACHE
    response.headers["Vary"] = "Accept-Language"
    return response


@dataclass(frozen=True)
class Words:
    """The words around a page's content, placeholders not yet filled."""

    written: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        """Return some words; if nobody wrote them, their name, so that no page has a hole."""
        return self.written.get(name, name.replace("_", " "))


def page_words(script: Script, locale: str, page: str) -> Words:
    """Return a page's words in a locale; what it lacks is taken from the first language."""
    first = script.pages.get(script.locales[0], {}).get(page, {})
    return Words({**first, **script.pages.get(locale, {}).get(page, {})})


def filler(script: Script, locale: str) -> Callable[..., str]:
    """Return a function that fills the placeholders of a page's words, numbers as figures."""

    def filled(text: str, **more: str) -> str:
        return fill(script, locale, "message", text, **more)

    return filled


def language_links(script: Script) -> tuple[tuple[str, str], ...]:
    """Return each locale with its own name for itself."""
    return tuple((locale, str(script.prompts[locale].words["name"])) for locale in script.locales)


def _groups(script: Script, locale: str) -> tuple[Group, ...]:
    return tuple(
        Group(
            option.key,
            option.wording[locale].text_label,
            tuple(_entry(script, topic, locale) for topic in option.topics),
        )
        for option in script.options
    )


def _entry(script: Script, topic: str, locale: str) -> Entry:
    return Entry(topic, script.topics[topic].wording[locale].title)


# A topic -----------------------------------------------------------------------------------------


def topic_page(script: Script, manifest: Manifest, topic: Topic, locale: str) -> TopicPage:
    """Return everything the page of a topic shows in a locale."""
    wording = topic.wording[locale]
    filled = filler(script, locale)
    return TopicPage(
        id=topic.id,
        title=wording.title,
        main_message=filled(wording.main_message),
        points=tuple(filled(point) for part in wording.parts for point in part.split("\n")),
        action=filled(wording.action),
        audio=tuple(_audio(script, manifest, topic, locale)),
        path=path_to(script, topic.id, locale),
        keyword=next(iter(wording.keywords), "").upper(),
        sources=tuple(_sources(script, topic)),
        following=_following(script, topic, locale),
    )


def _audio(script: Script, manifest: Manifest, topic: Topic, locale: str) -> Iterator[Audio]:
    parts = topic_parts(script, topic.id, locale)
    for pace in PACES:
        mp3 = manifest.topic(topic.id, locale, pace, parts)
        if mp3:
            yield Audio(pace, mp3.name, f"{int(mp3.seconds) // 60}:{int(mp3.seconds) % 60:02}")


def path_to(script: Script, topic: str, locale: str) -> str:
    """Return the keys that lead to a topic from the main menu: "2, then 3"."""
    option = next(option for option in script.options if topic in option.topics)
    if len(option.topics) == 1:
        return option.key
    then = page_words(script, locale, "listen")["then"]
    path = option.key
    for key in lists.keys_to(script, option.topics, topic):
        path = fill(script, locale, "message", then, first=path, last=key)
    return path


def _following(script: Script, topic: Topic, locale: str) -> Entry:
    ids = tuple(script.topics)
    return _entry(script, ids[(ids.index(topic.id) + 1) % len(ids)], locale)


# Where it comes from -----------------------------------------------------------------------------


def _facts(script: Script, topic: Topic) -> Iterator[Mapping[str, Any]]:
    """Return the blocks of sources.toml that a topic cites, in its order."""
    known = {
        block["id"]: block
        for kind in ("fact", "external")
        for block in script.sources.get(kind, ())
    }
    return (known[fact] for fact in topic.facts if fact in known)


def _cited(script: Script, block: Mapping[str, Any]) -> tuple[Source, ...]:
    if "source_title" in block:
        return (Source(block["source_title"], block["url"]),)
    pages = {page["id"]: page for page in script.sources.get("source", ())}
    found = [pages[id] for id in block["sources"] if id in pages]
    return tuple(Source(page["title"], page.get("url", "")) for page in found)


def _sources(script: Script, topic: Topic) -> Iterator[Source]:
    """Return the pages a topic's facts come from, each once: those with an address first."""
    cited = [source for block in _facts(script, topic) for source in _cited(script, block)]
    once = dict.fromkeys(cited)
    yield from (source for source in once if source.url)
    yield from sorted((source for source in once if not source.url), key=lambda one: one.title)
