"""The texts as they are sent: the sender first, placeholders filled in."""

from collections.abc import Iterator, Mapping, Sequence

from voice import lists
from voice.script import Script
from voice.words import fill

MOST_OFFERED = 2
"""How many topics one "did you mean" offers: two fit into three Spanish segments."""
PIECES = ("more", "submenu")
"""Prompts that are sent only with something else."""


def topic_texts(script: Script, topic: str, locale: str) -> tuple[str, ...]:
    """Return a topic's texts as sent: the sender first, MORE at the end of all but the last."""
    many = len(script.topics[topic].wording[locale].texts)
    return tuple(topic_text(script, topic, locale, part) for part in range(1, many + 1))


def topic_text(script: Script, topic: str, locale: str, part: int) -> str:
    """Return one of a topic's texts as sent, the first being 1."""
    texts = script.topics[topic].wording[locale].texts
    more = f" {script.prompts[locale].message['more']}" if part < len(texts) else ""
    return _signed(script, locale, texts[part - 1] + more)


def topic_of(script: Script, place: str, key: str) -> str:
    """Return the topic that a figure means in the list sent last, "" if it means none."""
    kind, _, rest = place.partition(".")
    if kind == "menu":
        return lists.topics_at(script, place).get(key, "")
    listed = tuple(rest.split(".")) if kind == "ask" else ()
    return listed[int(key) - 1] if key.isdecimal() and 0 < int(key) <= len(listed) else ""


def menu(script: Script, locale: str, name: str) -> str:
    """Return the main menu as a text, opened by the prompt "menu" or "unknown"."""
    labels = {option.key: option.wording[locale].text_label for option in script.options}
    return _listed(script, locale, name, labels)


def submenu(script: Script, locale: str, place: str) -> str:
    """Return a page of the topics behind a main option as a text; MORE leads to the next."""
    titles = {
        key: script.topics[topic].wording[locale].title
        for key, topic in lists.topics_at(script, place).items()
    }
    words = _listed(script, locale, "submenu", titles)
    more = script.prompts[locale].message["more"] if lists.next_topics(script, place) else ""
    return f"{words} {more}".rstrip()


def did_you_mean(script: Script, locale: str, topics: Sequence[str]) -> str:
    """Return topics as a question with numbers."""
    return _listed(script, locale, "did_you_mean", _numbered(script, locale, topics))


def _numbered(script: Script, locale: str, topics: Sequence[str]) -> dict[str, str]:
    return {str(n): script.topics[t].wording[locale].title for n, t in enumerate(topics, 1)}


def _listed(script: Script, locale: str, name: str, labels: Mapping[str, str]) -> str:
    options = ", ".join(f"{key} {label}" for key, label in labels.items())
    return prompt(script, locale, name, options=options)


def listen(script: Script, locale: str, topic: str) -> str:
    """Return the words that go with a topic's sound."""
    return prompt(script, locale, "listen", title=script.topics[topic].wording[locale].title)


def listen_link(script: Script, locale: str, topic: str, public_url: str) -> str:
    """Return where a topic can be heard; with "" for the topic, that one has to be sent first."""
    link = page(public_url, topic, locale)
    if not topic:
        return prompt(script, locale, "listen_first", link=link)
    title = script.topics[topic].wording[locale].title
    return prompt(script, locale, "listen_link", title=title, link=link)


def sources(script: Script, locale: str, topic: str, public_url: str) -> str:
    """Return where the sources of a topic are listed; with "" for the topic, those of all."""
    name = "sources" if topic else "sources_all"
    return prompt(script, locale, name, link=page(public_url, topic, locale))


def page(public_url: str, topic: str, locale: str) -> str:
    """Return the address of a topic's public page; with "" for the topic, of the list of all."""
    path = f"/listen/{topic}" if topic else "/listen"
    return f"{public_url}{path}?locale={locale}"


def apology(script: Script, locale: str) -> str:
    """Return the text to send when something broke on our side."""
    return prompt(script, locale, "apology")


def prompt(script: Script, locale: str, name: str, **more: str) -> str:
    """Return what the line says itself, by its name in prompts.toml."""
    return _signed(script, locale, script.prompts[locale].message[name], **more)


def _signed(script: Script, locale: str, text: str, **more: str) -> str:
    """Put the sender's name first (rule 81) and fill the placeholders in."""
    filled = fill(script, locale, "message", text, **more)
    return f"{script.line.sender(locale)}: {filled}"


def all_texts(script: Script) -> Iterator[tuple[str, str, str, str]]:
    """Yield every text the line can send: locale, topic or "", name, words.

    Of texts that differ only by the subjects they name, the longest. Links have no host.
    """
    for locale in script.locales:
        for topic in script.topics:
            for part, text in enumerate(topic_texts(script, topic, locale), 1):
                yield locale, topic, f"text {part}", text
        for name in script.prompts[locale].message:
            if name not in PIECES:
                yield locale, "", name, _longest(script, locale, name)
        for place in _submenus(script):
            yield locale, "", f"sub{place.replace('.', ' ')}", submenu(script, locale, place)


def _submenus(script: Script) -> Iterator[str]:
    """Yield the places of all pages of the menus behind main options."""
    for option in script.options:
        if len(option.topics) > 1:
            yield from lists.pages(script, f"menu.{option.key}", option.topics)


def _longest(script: Script, locale: str, name: str) -> str:
    """Return a prompt as sent, with the subjects that make it longest."""
    match name:
        case "menu" | "unknown":
            return menu(script, locale, name)
        case "did_you_mean":
            longest = _by_title(script, locale)[:MOST_OFFERED]
            return did_you_mean(script, locale, longest)
        case "listen":
            return listen(script, locale, _by_title(script, locale)[0])
        case "listen_link":
            texts = (listen_link(script, locale, topic, "") for topic in script.topics)
            return max(texts, key=len)
        case "sources":
            return sources(script, locale, max(script.topics, key=len), "")
        case "listen_first":
            return listen_link(script, locale, "", "")
        case "sources_all":
            return sources(script, locale, "", "")
    return prompt(script, locale, name)


def _by_title(script: Script, locale: str) -> list[str]:
    return sorted(script.topics, key=lambda topic: -len(script.topics[topic].wording[locale].title))
