"""What is seen of danger in a text at once, before anything else is asked of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from voice.understand.found import Found
from voice.understand.index import Said
from voice.understand.lessons import ALARMS
from voice.understand.likely import may_alarm
from voice.understand.meaning import Meaning
from voice.understand.reading import Reading
from voice.understand.second import Look, second_looks
from voice.understand.tongue import Tongue
from voice.understand.version import Spelled, Version, spelled, versions_of


@dataclass(frozen=True)
class Looked:
    """A text as each language reads it, and what is seen of danger at once."""

    written: Spelled
    versions: tuple[Version, ...]
    looks: tuple[Look, ...]
    alarm: Meaning | None

    @property
    def main(self) -> Version:
        """The version in the language that knows most words."""
        return main_of(self.versions)

    @property
    def may_alarm(self) -> bool:
        """Whether it has all the words of a danger, or enough words that tell of one."""
        seen = (*self.versions, *[look.second for look in self.looks])
        whole = any(wants in one.here.patterns for one in seen for wants in ALARMS)
        return whole or may_alarm(self.main)


def looked_at(tongues: Mapping[str, Tongue], said: Said) -> Looked:
    """Read a text in each language that may say anything, and look for danger twice."""
    written = spelled(tongues, said)
    versions = versions_of(tongues, said, written)
    alarm = _alarm(versions)
    looks = () if alarm else tuple(second_looks(tongues, versions, said, written))
    return Looked(written, versions, looks, alarm or _slipped(looks))


def main_of(versions: tuple[Version, ...]) -> Version:
    """Return the version in the language that knows most words; if two tie, the thread's."""
    return max(versions, key=lambda version: version.reading.own)


def _alarm(versions: tuple[Version, ...]) -> Meaning | None:
    main = main_of(versions)
    for wants in ALARMS:
        for version in versions:
            sign = version.danger.sign(wants)
            if sign and (version is main or not _bare_number(version.reading, sign)):
                return Meaning(wants, locale=version.locale, why=said_at(version, sign))
    return None


def _slipped(looks: tuple[Look, ...]) -> Meaning | None:
    """Find danger in a text some of whose words are slips."""
    for wants in ALARMS:
        for look in looks:
            sign = look.danger(wants)
            if sign:
                return Meaning(wants, locale=look.second.locale, why=said_at(look.second, sign))
    return None


def _bare_number(reading: Reading, sign: Found) -> bool:
    """Figures belong to every language; what takes them back is in the text's own."""
    return all(word.isdecimal() for word in reading.words[sign.start : sign.end])


def said_at(version: Version, found: Found) -> tuple[str, ...]:
    """Return the words where a pattern was found, and the pattern, as staff are told them."""
    words = " ".join(version.reading.words[found.start : found.end])
    return (words, f"pattern: {found.pattern.line}")
