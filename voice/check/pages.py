"""The words around the public pages, the key card and what is switched off: what is in braces."""

from collections.abc import Iterator, Mapping

from voice.check.passages import line_of
from voice.check.problem import HOUSEHOLD, Place, Problem, problem
from voice.plain.finding import Finding
from voice.script import Script
from voice.script.table import PLACEHOLDERS, unfilled

PAGES = "pages.toml"
OWN: Mapping[str, tuple[str, ...]] = {
    "listen.next_subject": ("label",),
    "listen.call": ("path",),
    "listen.text": ("label",),
    "listen.then": ("first", "last"),
    "try": ("label",),
    "card.language": ("key", "name"),
    "card.key": ("key", "does"),
}
"""Names that a page itself fills in, by page or by one of its words."""


def pages(script: Script) -> Iterator[Problem]:
    """Find words in braces that nothing fills in, and lone braces: people would read them."""
    for locale in script.locales:
        for page, written in script.pages.get(locale, {}).items():
            if isinstance(written, Mapping):  # a loose line above the tables is on no page
                for name, text in written.items():
                    yield from _strange(script, locale, f"{page}.{name}", str(text))


def _strange(script: Script, locale: str, where: str, text: str) -> Iterator[Problem]:
    own = OWN.get(where, OWN.get(where.partition(".")[0], ()))
    for what in unfilled(text, PLACEHOLDERS.union(own)):
        message, fix = f"There is {what} in the text.", "Use {phone}, {clinic} and the like."
        line = line_of(script.files.get(PAGES, ""), locale, where, text)
        yield problem(Place(PAGES, "", locale, where), Finding(HOUSEHOLD, message, fix, text), line)
