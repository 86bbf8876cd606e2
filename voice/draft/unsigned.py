"""Which live words nobody has signed yet who must, by the manager's rules."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from voice.draft.review import Policy, SignOff
from voice.draft.subjects import digest, subjects, topic_of
from voice.script import Script
from voice.sign_offs import is_signed


@dataclass(frozen=True)
class Unsigned:
    """Subjects whose words in a language lack the same signatures."""

    locale: str
    roles: tuple[str, ...]
    subjects: tuple[str, ...]


def unsigned(script: Script, policy: Policy, given: Collection[SignOff]) -> tuple[Unsigned, ...]:
    """Return what lacks whose signatures: those in the files count, and those `given`."""
    found: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for locale in script.locales:
        signers = policy.signers(locale, script.locales)
        for subject in subjects(script):
            signed = frozenset(_signed(script, subject, locale, given))
            lacking = tuple(role for role in signers if role not in signed)
            if lacking:
                found.setdefault((locale, lacking), []).append(subject)
    return tuple(Unsigned(*key, tuple(names)) for key, names in found.items())


def told(script: Script, policy: Policy, given: Collection[SignOff]) -> Iterator[str]:
    """Yield the lines that tell who must sign, and who has not."""
    signers = {one: ", ".join(policy.signers(one, script.locales)) for one in script.locales}
    asked = (f"{locale}: {roles or 'nobody'}" for locale, roles in signers.items())
    yield f"Who must sign, by the rules in the console: {'; '.join(asked)}."
    lacking = unsigned(script, policy, given)
    yield "Not signed yet, and shown so in the console:" if lacking else "All of it is signed."
    for one in lacking:
        yield f"  {one.locale}, by {', '.join(one.roles)}: {', '.join(one.subjects)}"


def _signed(script: Script, subject: str, locale: str, given: Collection[SignOff]) -> Iterator[str]:
    words = digest(script, subject, locale)
    wanted = (subject, locale, words)
    yield from (one.role for one in given if (one.subject, one.locale, one.digest) == wanted)
    topic = topic_of(script, subject)
    for role, entry in (topic.sign_offs.get(locale, {}) if topic else {}).items():
        if is_signed(entry, words):
            yield role
