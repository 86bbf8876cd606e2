"""The files of the next release: words in work put in, and who approved them."""

import re
from collections.abc import Iterable, Mapping

from voice.draft.field import Value
from voice.draft.fields import TOPICS, Files
from voice.draft.review import SignOff
from voice.draft.writing import apply, sign
from voice.script import Script, parse, wording_digest
from voice.sign_offs import is_signed, roles

PENDING = "pending"


def composed(
    live: Files, drafts: Mapping[str, Value], sign_offs: Iterable[SignOff]
) -> dict[str, str]:
    """Return the live files with these drafts and every sign-off that still holds.

    Raises ScriptError where the words cannot be read together, NoSuchField and TooLong.
    """
    files = apply(live, drafts)
    script = parse(files)
    given = tuple(sign_offs)
    for topic in script.topics:
        files = sign(files, topic, _entries(script, topic, given))
    return files


def entry(sign_off: SignOff) -> str:
    """Return a sign-off as it stands in a topic's file: "Name, 2027-01-31, digest"."""
    name = " ".join(re.sub(r"[,{}\s]+", " ", sign_off.person.name).split()) or "?"
    return f"{name}, {sign_off.at:%Y-%m-%d}, {sign_off.digest}"


def _entries(
    script: Script, topic: str, sign_offs: tuple[SignOff, ...]
) -> dict[str, dict[str, str]]:
    """Return a topic's sign-offs by locale and role; a role that never signed may be left out."""
    found: dict[str, dict[str, str]] = {}
    for locale in script.locales:
        written = script.topics[topic].sign_offs[locale]
        entries = {
            role: _entry(script, topic, locale, role, sign_offs) for role in roles(script, locale)
        }
        found[locale] = {
            role: one for role, one in entries.items() if role in written or one != PENDING
        }
    return found


def _entry(
    script: Script, topic: str, locale: str, role: str, sign_offs: tuple[SignOff, ...]
) -> str:
    """Return who signed a topic's words as they are: as its file says, else as `sign_offs` do."""
    digest = wording_digest(script.topics[topic], locale)
    written = script.topics[topic].sign_offs[locale].get(role, PENDING)
    if is_signed(written, digest):
        return written
    wanted = (f"{TOPICS}{topic}", locale, role, digest)
    mine = (one for one in sign_offs if (one.subject, one.locale, one.role, one.digest) == wanted)
    return next(map(entry, mine), PENDING)
