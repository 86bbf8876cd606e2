"""Where every subject stands in every language: in work, waiting, live, live and not signed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache

from voice.console.desk import desk
from voice.console.drafting import live_script
from voice.draft.review import (
    Person,
    Policy,
    Refusal,
    SignOff,
    State,
    may_sign,
)
from voice.draft.subjects import digest, subjects, topic_of
from voice.draft.work import Review, Work, script_in_work, state
from voice.script import Script, parse
from voice.sign_offs import is_signed
from voice.store.choices import Choices, read_choices
from voice.store.drafts import read_work
from voice.store.reviews import writers
from voice.store.staff import Person as Colleague

Files = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Signed:
    """Who approved exact words; `on` is a day alone, and `by` 0, where their file says so.

    `name` is what they were called when they signed.
    """

    role: str
    name: str
    on: datetime | date
    digest: str
    by: int = 0


@dataclass(frozen=True)
class Stand:
    """A subject's words in a language: those in work, else those that are live.

    `digest` is "" for words that cannot be read together; `missing` are roles that must sign yet.
    `pending`: callers hear words of it that not everybody has signed who must, whatever is in work.
    """

    subject: str
    locale: str
    state: State
    digest: str
    signed: tuple[Signed, ...]
    missing: tuple[str, ...]
    review: Review | None
    pending: bool


@dataclass(frozen=True)
class Board:
    """All that is live and in work at one moment."""

    script: Script
    work: Work
    choices: Choices

    @property
    def policy(self) -> Policy:
        """Who must sign, and what becomes of topics past their review."""
        return self.choices.policy

    def stands(self, subject: str) -> tuple[Stand, ...]:
        """Return where a subject stands, in each language."""
        read = self.words(subject)
        return tuple(self._stand(subject, locale, read) for locale in self.script.locales)

    def words(self, subject: str) -> Script | None:
        """Return the script with a subject's words in work; None where it cannot be read."""
        in_work = bool(self.work.of(subject))
        return script_in_work(self.script.files, self.work, subject) if in_work else self.script

    @property
    def in_work(self) -> tuple[str, ...]:
        """The subjects with a draft, in the order of the menu."""
        return tuple(one for one in subjects(self.script) if one in self.work.subjects)

    @property
    def as_heard(self) -> "Board":
        """What callers hear now, as if nothing were in work."""
        return replace(self, work=Work({}, {}, self.work.sign_offs))

    @property
    def pending(self) -> Iterator[Stand]:
        """Live words that not everybody has signed who must, where others are in work too."""
        heard = self.as_heard
        every = (one for subject in subjects(self.script) for one in heard.stands(subject))
        return (one for one in every if one.pending)

    def _stand(self, subject: str, locale: str, read: Script | None) -> Stand:
        words = _digests(_frozen(read), subject)[locale] if read else ""
        signers = self.policy.signers(locale, self.script.locales)
        stands = state(self.work, subject, locale, words, signers)
        signed = tuple(self._signed(subject, locale, words, stands))
        done = {one.role for one in signed}
        lacking = tuple(role for role in signers if role not in done)
        review = self.work.reviews.get((subject, locale))
        pending = bool(lacking) if stands == "live" else self._is_pending(subject, locale)
        return Stand(subject, locale, stands, words, signed, lacking, review, pending)

    def _is_pending(self, subject: str, locale: str) -> bool:
        """Whether what callers hear lacks signatures, of a subject with a draft."""
        return self.as_heard._stand(subject, locale, self.script).pending

    def _signed(self, subject: str, locale: str, words: str, stands: State) -> Iterator[Signed]:
        """Yield who signed these words: here, or, where they are live, in their file."""
        given = [one for one in self.work.signed(subject, locale) if one.digest == words]
        yield from map(_here, given)
        topic = topic_of(self.script, subject) if stands == "live" else None
        for role, entry in (topic.sign_offs.get(locale, {}) if topic else {}).items():
            if is_signed(entry, words) and role not in {one.role for one in given}:
                name, day, _ = entry.split(", ")
                yield Signed(role, name, date.fromisoformat(day), words)


def _here(one: SignOff) -> Signed:
    return Signed(one.role, one.person.name, one.at, one.digest, one.person.id)


def board() -> Board:
    """What is live and in work just now; 503 before the first release."""
    store = desk().store
    return Board(live_script(), read_work(store), read_choices(store))


def refusal(stand: Stand, board: Board, role: str, person: Colleague) -> Refusal:
    """Say why a person may not sign words in a role, "" where they may."""
    wrote = writers(desk().store, stand.subject, stand.locale)
    signed = board.work.signed(stand.subject, stand.locale)
    who = Person(person.id, person.name)
    return may_sign(role, who, person.roles, stand.state, wrote, signed, stand.digest)


# What is read is kept: it takes a tenth of a second ----------------------------------------------


def _frozen(script: Script) -> Files:
    return tuple(script.files.items())


@lru_cache(maxsize=64)
def _digests(files: Files, subject: str) -> Mapping[str, str]:
    script = _parsed(files)
    return {locale: digest(script, subject, locale) for locale in script.locales}


@lru_cache(maxsize=16)
def _parsed(files: Files) -> Script:
    return parse(dict(files))
