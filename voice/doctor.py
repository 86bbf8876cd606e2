"""What is wrong with this installation, and what to do about it."""

import shutil
from collections.abc import Callable, Collection, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Final, Literal

from voice.connect import ConnectError, compare
from voice.courier import account_of, lacking
from voice.instance import all_utterances, live_script
from voice.origin import own_words
from voice.outbound import Account, Client, OutboundError, open_client
from voice.release import utterances
from voice.script import Script, ScriptError, Utterance, load
from voice.settings import Settings
from voice.speech.clips import ManifestError, missing, read_manifest
from voice.store import Release, Store, StoreUnreachable, live_release, open_store
from voice.store.trying import why_damaged, why_unkept
from voice.unmoved import refuse_unmoved

Level = Literal["problem", "warning", "good"]

SHUT_OUT: Final = (20003, 20005)
"""Twilio's codes for keys it does not take, and for an account that is suspended or closed."""

MB: Final = 2**20
ROOM: Final = 64
"""MB that should be free: the store's log and the clips of a release take about as much."""


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
    script, read = _scripts(settings)
    heard, released = _release(settings, script)
    shown = heard or script
    return (
        read,
        *_clinic(shown),
        *_keys(settings),
        *_clips(settings, heard, script),
        *_room(settings),
        *released,
        *_twilio(settings),
        *reach(settings, shown, opened),
    )


def _scripts(settings: Settings) -> tuple[Script | None, Finding]:
    """Read scripts/; None where it cannot be read."""
    try:
        script = load(settings.scripts)
    except ScriptError as error:
        what = f"The scripts have {len(error.defects)} defects."
        return None, Finding("problem", what, "Run `python -m voice check`.")
    return script, Finding("good", f"The scripts load: {len(script.topics)} topics.")


def _clinic(script: Script | None) -> Iterator[Finding]:
    """Say whose line it is to callers; before the first release, to who reads scripts/."""
    if script is None:
        return
    name = script.line.name[script.locales[0]]
    if script.line.is_sample:
        yield Finding(
            "warning",
            f"The clinic is still the sample, {name}.",
            "Enter your own name and numbers in the console, or put them into scripts/line.toml "
            "and publish.",
        )
    else:
        yield Finding("good", f"The clinic is {name}.")


def _keys(settings: Settings) -> Iterator[Finding]:
    """Warn if both keys are the same: whoever learns one has both. It is no reason to stop."""
    if settings.secret_key == settings.contact_keys[0]:
        yield Finding(
            "warning",
            "SECRET_KEY and CONTACT_KEY are the same: whoever learns one has both.",
            "Give SECRET_KEY a text of its own, and the one it had to SECRET_KEY_PREVIOUS.",
        )


def _clips(settings: Settings, heard: Script | None, script: Script | None) -> Iterator[Finding]:
    """Look for the clips callers need, and for those of words that are only in scripts/."""
    try:
        manifest = read_manifest(settings.audio)
    except ManifestError as error:
        yield Finding("problem", str(error))
        return
    said = all_utterances(heard, settings.built) if heard else _says(script)
    if lacking := missing(manifest, said):
        what = f"{len(lacking)} clips are missing; a plain voice says those words."
        yield Finding("problem", what, "Run `python -m voice audio`.")
    elif said:
        yield Finding("good", "Every utterance has its clip.")
    if heard and (lacking := missing(manifest, set(_says(script)).difference(said))):
        what = f"{len(lacking)} clips of words that are in scripts/, but not live, are missing."
        yield Finding("warning", what, "`python -m voice audio` makes them, and so does publish.")


def _says(script: Script | None) -> tuple[Utterance, ...]:
    return tuple(utterances(script)) if script else ()


def _room(settings: Settings) -> Iterator[Finding]:
    """Look for a disk that is all but full: on it no opt-out can be kept, and no clip made."""
    for folder in (settings.instance, settings.audio):
        free = shutil.disk_usage(folder).free // MB if folder.is_dir() else ROOM
        if free < ROOM:
            what = f"The disk of {folder} has room for {free} MB."
            yield Finding("problem", what, "Make room: without any, no opt-out can be kept.")


def _release(
    settings: Settings, script: Script | None
) -> tuple[Script | None, tuple[Finding, ...]]:
    """Read what callers hear, None where nothing can be read, and compare it with scripts/."""
    store = open_store(settings.database_url)
    try:
        release = live_release(store)
        if release is None:
            refuse_unmoved(settings)
            return None, (Finding("problem", "Nothing is live yet.", "Run `make run` once."),)
        heard = live_script(settings, store)
        return heard, (*_keeping(store), *_live(store, release, script))
    except StoreUnreachable as error:
        return None, (Finding("problem", error.what, error.remedy),)
    except ScriptError as error:
        what = f"The live release cannot be read: it has {len(error.defects)} defects."
        remedy = "Go back to one that can be: `python -m voice rollback --list`."
        return None, (Finding("problem", what, remedy),)
    finally:
        store.close()


def _keeping(store: Store) -> Iterator[Finding]:
    """Look whether the store keeps what people wish, and whether its file is damaged."""
    if why := why_damaged(store) or why_unkept(store):
        what = f"The store does not keep all that people wish: {why}."
        yield Finding("problem", what, StoreUnreachable(why).remedy)


def _live(store: Store, release: Release, script: Script | None) -> Iterator[Finding]:
    """Say which release is live, and whether scripts/ or the console has its words."""
    if script is None:
        yield Finding("good", f"Release {release.number} is live.")
        return
    live, files = release.files, script.files
    unlike = {one for one in {**live, **files} if live.get(one) != files.get(one)}
    if own := own_words(store, release, script):
        yield from _own(release.number, own, unlike.difference(own))
    elif unlike:
        what = f"The scripts differ from release {release.number}, which callers hear."
        yield Finding("warning", what, "Run `python -m voice publish` to make them live.")
    else:
        yield Finding("good", f"Release {release.number} is live, and is what scripts/ says.")


def _own(number: int, own: Collection[str], others: Collection[str]) -> Iterator[Finding]:
    """Say what is live and not in scripts/, and what is in scripts/ and not live."""
    yield Finding(
        "good",
        f"Release {number} is live, with words of your own that scripts/ does not have: "
        f"{', '.join(own)}.",
        "Go on in the console. To go on with files, first write what is live into a new folder, "
        "`python -m voice export DIR`, and copy these files into scripts/.",
    )
    if others:
        what = f"What scripts/ says in {', '.join(sorted(others))} is not live."
        yield Finding("warning", what, "If callers should hear it, enter it in the console.")


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
    settings: Settings, script: Script | None, opened: Callable[[Account], Client] = open_client
) -> Iterator[Finding]:
    """Look at what the line may start itself, and at how Twilio has its numbers wired.

    `script` is what is live, or while nothing is, what would be.
    """
    yield from _abilities(settings)
    if script:
        yield from _numbers(settings, script, opened)


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
        remedy = (
            "Enter the line's own number in the console, or put it into scripts/line.toml and "
            "publish."
        )
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
