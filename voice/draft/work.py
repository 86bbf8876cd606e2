"""Everything in work at one moment, and where each subject stands."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from voice.draft.field import TooLong, Value, concerns
from voice.draft.fields import Files, NoSuchField, field_of, locales_of
from voice.draft.review import Person, Policy, SignOff, State, missing
from voice.draft.subjects import digest
from voice.script import Script, ScriptError, parse


@dataclass(frozen=True)
class Draft:
    """A field's words in work.

    `base` are the words that were live when it was begun, `begun` the version it was begun with.
    """

    field: str
    subject: str
    locale: str
    value: Value
    base: Value
    version: int
    begun: int
    by: Person
    at: datetime

    def concerns(self, locale: str) -> bool:
        """Say whether it changes what is said in a locale."""
        return concerns(self.locale, locale)


@dataclass(frozen=True)
class Review:
    """How far a subject's words have come in a locale: writing, sent or sent back."""

    state: State
    digest: str
    by: Person
    at: datetime


@dataclass(frozen=True)
class Work:
    """All that is in work. Reviews go by subject and locale."""

    drafts: Mapping[str, Draft]
    reviews: Mapping[tuple[str, str], Review]
    sign_offs: tuple[SignOff, ...]

    def of(self, subject: str, locale: str = "") -> tuple[Draft, ...]:
        """Return a subject's drafts; with a locale, those that change what is said in it."""
        return tuple(
            draft
            for draft in self.drafts.values()
            if draft.subject == subject and (not locale or draft.concerns(locale))
        )

    def signed(self, subject: str, locale: str) -> tuple[SignOff, ...]:
        """Return the sign-offs of a subject in a locale."""
        wanted = (subject, locale)
        return tuple(one for one in self.sign_offs if (one.subject, one.locale) == wanted)

    @property
    def subjects(self) -> tuple[str, ...]:
        """The subjects that have a draft, in the order of the alphabet."""
        return tuple(sorted({draft.subject for draft in self.drafts.values()}))


def words_in_work(live: Files, work: Work, subject: str) -> dict[str, str]:
    """Return the live files with a subject's drafts in them. Raises NoSuchField and TooLong."""
    changes = tuple((draft.field, draft.value) for draft in work.of(subject))
    return dict(_changed(tuple(live.items()), changes))


@lru_cache(maxsize=16)
def _changed(
    live: tuple[tuple[str, str], ...], changes: tuple[tuple[str, Value], ...]
) -> Mapping[str, str]:
    """Write words into files; the same words again take no time."""
    # tomlkit is loaded only where words change, not in every worker.
    from voice.draft.writing import apply

    return apply(dict(live), dict(changes))


def state(work: Work, subject: str, locale: str, words: str, signers: tuple[str, ...]) -> State:
    """Return where a subject stands in a locale; `words` is the digest of its words in work."""
    review = work.reviews.get((subject, locale))
    if not work.of(subject, locale):
        return "live"
    if review is None or review.state == "writing":
        return "writing"
    if review.state != "sent":
        return review.state
    if review.digest != words:
        return "writing"
    lacking = missing(signers, work.signed(subject, locale), words)
    return "sent" if lacking else "approved"


def standings(live: Files, work: Work, policy: Policy, subject: str) -> dict[str, State]:
    """Return where a subject stands in each locale.

    Words that cannot be read together are in writing.
    """
    script, locales = script_in_work(live, work, subject), locales_of(live)
    return {
        locale: state(
            work,
            subject,
            locale,
            digest(script, subject, locale) if script else "",
            policy.signers(locale, locales),
        )
        for locale in locales
    }


def ready(live: Files, work: Work, policy: Policy) -> tuple[str, ...]:
    """Return the subjects that may go live: approved in every locale in which they change."""
    return tuple(
        subject
        for subject in work.subjects
        if set(standings(live, work, policy, subject).values()) <= {"live", "approved"}
    )


def script_in_work(live: Files, work: Work, subject: str) -> Script | None:
    """Return the script with a subject's drafts in it, None where it cannot be read."""
    try:
        return _parsed(tuple(words_in_work(live, work, subject).items()))
    except (ScriptError, NoSuchField, TooLong):
        return None


@lru_cache(maxsize=16)
def _parsed(files: tuple[tuple[str, str], ...]) -> Script:
    return parse(dict(files))


def lost(live: Files, work: Work) -> Iterator[Draft]:
    """Yield the drafts of fields that the live scripts no longer have."""
    for draft in work.drafts.values():
        try:
            field_of(live, draft.field)
        except NoSuchField:
            yield draft
