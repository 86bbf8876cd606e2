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
    """A locale's language where its name stands alone; "" has the word for "not known"."""
    name = language_in_words(locale)
    return name if name == locale else name[:1].upper() + name[1:]


def language_in_words(locale: str) -> str:
    """The same within a sentence: in the reader's language, which a screen reader can say.

    A language that has no word there, or that two locales share, is called what it calls itself.
    """
    language = locale.split("-")[0]
    key = f"names.language_{language}"
    shared = sum(one.split("-")[0] == language for one in locales()) > 1
    return words()(key) if key in words() and not shared else own_name(locale)


def own_name(locale: str) -> str:
    """What a locale's language calls itself."""
    release = desk().live.release
    if release and locale in release.script.prompts:
        return str(release.script.prompts[locale].words["name"])
    return locale or words()("names.no_language")


def channel_of(channel: str) -> str:
    """What a channel is called."""
    key = f"names.{channel}"
    return words()(key) if key in words() else channel


def locales() -> tuple[str, ...]:
    """The locales of the live release."""
    release = desk().live.release
    return release.script.locales if release else ()
