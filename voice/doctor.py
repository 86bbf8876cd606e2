"""What is wrong with this installation, and what to do about it."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Final, Literal

from voice.connect import ConnectError, compare
from voice.courier import account_of, lacking
from voice.outbound import Account, Client, OutboundError, open_client
from voice.release import utterances
from voice.script import Script, ScriptError, load, parse
from voice.settings import Settings
from voice.speech.clips import ManifestError, missing, read_manifest
from voice.store import Store, StoreError, StoreUnreachable, live_release, open_store

Level = Literal["problem", "warning", "good"]

SHUT_OUT: Final = (20003, 20005)
"""Twilio's codes for keys it does not take, and for an account that is suspended or closed."""


@dataclass(frozen=True)
class Finding:
    """One thing looked at: a problem stops the line, a warning does not, the rest is good."""

    level: Level
    what: str
    remedy: str = ""


def findings(
    settings: Settings, opened: Callable[[Account], Client] = open_client
) -> tuple[Finding, ...]:
    """Look at everything the line stands on, at Twilio too, without changing anything."""
    try:
        script = load(settings.scripts)
    except ScriptError as error:
        what = f"The scripts have {len(error.defects)} defects."
        return (Finding("problem", what, "Run `python -m voice check`."), *_twilio(settings))
    return (
        Finding("good", f"The scripts load: {len(script.topics)} topics."),
        *_clinic(script),
        *_keys(settings),
        *_clips(settings, script),
        *_release(settings, script),
        *_twilio(settings),
        *reach(settings, script, opened),
    )


def _clinic(script: Script) -> Iterator[Finding]:
    if script.line.is_sample:
        yield Finding(
            "warning",
            f"The clinic is still the sample, {script.line.name[script.locales[0]]}.",
            "Put your own name and numbers into scripts/line.toml, then publish.",
        )
    else:
        yield Finding("good", f"The clinic is {script.line.name[script.locales[0]]}.")


def _keys(settings: Settings) -> Iterator[Finding]:
    """Warn if both keys are the same: whoever learns one has both. It is no reason to stop."""
    if settings.secret_key == settings.contact_keys[0]:
        yield Finding(
            "warning",
            "SECRET_KEY and CONTACT_KEY are the same: whoever learns one has both.",
            "Give SECRET_KEY a text of its own, and the one it had to SECRET_KEY_PREVIOUS.",
        )


def _clips(settings: Settings, script: Script) -> Iterator[Finding]:
    try:
        lacking = missing(read_manifest(settings.audio), utterances(script))
    except ManifestError as error:
        yield Finding("problem", str(error))
        return
    if lacking:
        what = f"{len(lacking)} clips are missing; a plain voice says those words."
        yield Finding("problem", what, "Run `python -m voice audio`.")
    else:
        yield Finding("good", "Every utterance has its clip.")


def _release(settings: Settings, script: Script) -> Iterator[Finding]:
    store = open_store(settings.database_url)
    try:
        yield _live(store, script)
    except StoreUnreachable as error:
        yield Finding("problem", error.what, error.remedy)
    finally:
        store.close()


def _live(store: Store, script: Script) -> Finding:
    release = live_release(store)
    if release is None:
        return Finding("problem", "Nothing is live yet.", "Run `make run` once.")
    if dict(release.files) != dict(script.files):
        what = f"The scripts differ from release {release.number}, which callers hear."
        return Finding("warning", what, "Run `python -m voice publish` to make them live.")
    return Finding("good", f"Release {release.number} is live, and is what scripts/ says.")


def _twilio(settings: Settings) -> Iterator[Finding]:
    if not settings.twilio_tokens:
        yield Finding(
            "warning",
            "No TWILIO_AUTH_TOKEN is set: Twilio's webhooks are refused, /try works.",
            "Copy the auth token from Twilio's console into the environment.",
        )
    else:
        yield Finding("good", f"{len(settings.twilio_tokens)} auth token(s) are accepted.")
    if settings.local:
        yield Finding(
            "warning",
            f"PUBLIC_URL is {settings.public_url}: only this machine reaches the line.",
            "Set it to the https address Twilio calls.",
        )
    else:
        yield Finding("good", f"PUBLIC_URL is {settings.public_url}.")


def reach(
    settings: Settings, script: Script, opened: Callable[[Account], Client] = open_client
) -> Iterator[Finding]:
    """Look at what the line may start itself, and at how Twilio has its numbers wired."""
    yield from _abilities(settings)
    yield from _numbers(settings, _served(settings, script), opened)


def _abilities(settings: Settings) -> Iterator[Finding]:
    """Say what the line may start itself, and who is told of a call-back."""
    allowed = settings.outbound
    lack = " and ".join(lacking(settings))
    if lack:
        yield Finding(
            "warning",
            "The line sends and calls nobody by itself: key 6, CALL ME and texts that must be "
            "sent again are answered with a telephone number.",
            f"Set {lack}.",
        )
    else:
        yield Finding(
            "good",
            f"Texts and calls of the line's own go to {', '.join(sorted(allowed.countries))}; "
            f"calls at most {allowed.calls_per_number} a day to one number, "
            f"{allowed.calls_per_day} in all.",
        )
    if not settings.notices.anybody:
        yield Finding(
            "warning",
            "Nobody is told when a patient waits for a call-back.",
            "Set CALL_BACK_EMAIL or CALL_BACK_WEBHOOK, or look at `python -m voice inbox`.",
        )


def _served(settings: Settings, script: Script) -> Script:
    """The script that is live; `script` while nothing is, or it cannot be read."""
    store = open_store(settings.database_url)
    try:
        release = live_release(store)
        return parse(release.files) if release else script
    except (StoreError, ScriptError):
        return script
    finally:
        store.close()


def _numbers(
    settings: Settings, script: Script, opened: Callable[[Account], Client]
) -> Iterator[Finding]:
    """Compare the line's numbers with what Twilio holds; not those that are made up."""
    account, line = account_of(settings), script.line
    if account is None or settings.local or line.is_sample:
        return
    with closing(opened(account)) as client:
        for number in dict.fromkeys((line.line_phone.dialled, line.text_number.dialled)):
            yield from _wired(client, number, settings)


def _wired(client: Client, number: str, settings: Settings) -> Iterator[Finding]:
    try:
        change = compare(client, number, settings.public_url, settings.outbound.fallback_url)
    except ConnectError as problem:
        remedy = "Put the line's own number into scripts/line.toml, then publish."
        yield Finding("problem", str(problem), remedy)
        return
    except OutboundError as problem:
        level: Level = "problem" if problem.code in SHUT_OUT else "warning"
        yield Finding(level, f"How {number} is wired is not known: {problem}")
        return
    for warning in change.warnings:
        yield Finding("warning", f"{number}: {warning}")
    if change.differences:
        names = ", ".join(name for name, _, _ in change.differences)
        what = f"{number} is not wired to this line: {names}."
        yield Finding("problem", what, f"Run `python -m voice connect {number}`.")
    else:
        yield Finding("good", f"{number} is wired to this line.")
