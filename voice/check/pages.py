"""The words around the public pages, the key card and what is switched off: what is in braces."""

import re
from collections.abc import Iterator, Mapping

from voice.check.passages import line_of
from voice.check.problem import HOUSEHOLD, Place, Problem, problem
from voice.plain.finding import Finding
from voice.script import Script
from voice.script.table import PLACEHOLDERS

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
    """Find words in braces that nothing fills in: people would read the braces."""
    for locale in script.locales:
        for page, written in script.pages.get(locale, {}).items():
            for name, text in dict(written).items():
                yield from _strange(script, locale, f"{page}.{name}", str(text))


def _strange(script: Script, locale: str, where: str, text: str) -> Iterator[Problem]:
    own = OWN.get(where, OWN.get(where.partition(".")[0], ()))
    for name in dict.fromkeys(re.findall(r"\{(\w+)\}", text)):
        if name not in PLACEHOLDERS and name not in own:
            message = f"There is {{{name}}} in the text."
            fix = "Use {phone}, {clinic} and the like."
            line = line_of(script.files.get(PAGES, ""), locale, where, text)
            yield problem(
                Place(PAGES, "", locale, where), Finding(HOUSEHOLD, message, fix, text), line
            )
