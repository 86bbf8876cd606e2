"""What is wrong with this installation, and what to do about it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from voice.release import utterances
from voice.script import Script, ScriptError, load
from voice.settings import Settings
from voice.speech.clips import ManifestError, missing, read_manifest
from voice.store import Store, StoreError, live_release, open_store

Level = Literal["problem", "warning", "good"]


@dataclass(frozen=True)
class Finding:
    """One thing looked at: a problem stops the line, a warning does not, the rest is good."""

    level: Level
    what: str
    remedy: str = ""


def findings(settings: Settings) -> tuple[Finding, ...]:
    """Look at everything the line stands on, without changing anything."""
    try:
        script = load(settings.scripts)
    except ScriptError as error:
        what = f"The scripts have {len(error.defects)} defects."
        return (Finding("problem", what, "Run `python -m voice check`."), *_twilio(settings))
    return (
        Finding("good", f"The scripts load: {len(script.topics)} topics."),
        *_clinic(script),
        *_clips(settings, script),
        *_release(settings, script),
        *_twilio(settings),
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
    except StoreError as error:
        yield Finding("problem", f"The store does not answer: {error}.", "Run `make run` once.")
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
