"""What topics, languages and channels are called on a page, in its reader's language."""

from voice.console.desk import desk, words
from voice.console.served import served
from voice.script import Script


def title_of(topic: str) -> str:
    """A topic's title; the name of one that is live no more, and a word for "" none."""
    script = served()
    known = script.topics.get(topic) if script else None
    if script is None or known is None:
        return topic or words()("names.no_topic")
    return known.wording[readers_locale(script)].title


def readers_locale(script: Script) -> str:
    """The line's locale in the reader's language; its first where it has none such."""
    language = words().language
    own = (one for one in script.locales if one.split("-")[0] == language)
    return next(own, script.locales[0])


def language_of(locale: str) -> str:
    """A locale's own name for itself; "" has the word for "not known"."""
    release = desk().live.release
    if release and locale in release.script.prompts:
        return str(release.script.prompts[locale].words["name"])
    return locale or words()("names.no_language")


def language_in_words(locale: str) -> str:
    """A locale's language within a sentence of the page; its own name where there is no other."""
    key = f"names.language_{locale.split('-')[0]}"
    return words()(key) if key in words() else language_of(locale)


def channel_of(channel: str) -> str:
    """What a channel is called."""
    key = f"names.{channel}"
    return words()(key) if key in words() else channel


def locales() -> tuple[str, ...]:
    """The locales of the live release."""
    release = desk().live.release
    return release.script.locales if release else ()
