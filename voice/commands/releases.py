"""Releases: make words live, go back to earlier ones, write the live ones into a folder."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from voice.commands.common import (
    FULL,
    NO_ROOM,
    NUMBER,
    read_script,
    read_settings,
    without_traceback,
)
from voice.settings import Settings

if TYPE_CHECKING:
    from voice.script import Script
    from voice.store import Store


def _noted(context: click.Context, option: click.Parameter, note: str) -> str:
    """The note as a line of the list of releases."""
    from voice.store.releases import LONGEST_NOTE

    line = " ".join(note.split())
    if len(line) > LONGEST_NOTE or not line.isprintable():
        raise click.BadParameter(f"write one line, of {LONGEST_NOTE} characters at most")
    return line


@click.command()
@click.option(
    "--note",
    default="published from scripts/",
    callback=_noted,
    help="What changed, for the record.",
)
@click.option("--over", is_flag=True, help="Also take back live words of your own.")
def publish(note: str, over: bool) -> None:
    """Make scripts/ the live release, once it passes every check and has every clip.

    It says which signatures the manager's rules ask for and which are missing, but needs none. The
    console's record tells of it, with the note.
    Words made live in the console, and your clinic's numbers for the sample's, it takes back only
    with --over.
    """
    from voice.draft.unsigned import told
    from voice.instance import new_release, opened_store
    from voice.store.choices import read_choices
    from voice.store.drafts import read_work

    settings = read_settings()
    script = read_script(settings)
    with without_traceback(), opened_store(settings) as store:
        _keep(store, script, over)
        _make_fit(settings, script)
        _are_still(settings, script)
        _keep(store, script, over)  # staff may have made words live meanwhile
        at = datetime.now(UTC)
        number = new_release(settings, store, script, note, at, "over" if over else "by-hand")
        policy, given = read_choices(store).policy, read_work(store).sign_offs
    click.echo(f"Release {number} is live.")
    click.echo("\n".join(told(script, policy, given)))


def _keep(store: "Store", script: "Script", over: bool) -> None:
    """Live words that scripts/ does not have are not taken back unasked."""
    from voice.origin import own_words
    from voice.store import live_release

    release = live_release(store)
    lost = own_words(store, release, script) if release else ()
    if release is None or over or not lost:
        return
    names = "".join(f"  {name}\n" for name in lost)
    raise click.ClickException(
        f"nothing was published. Callers hear words of your own in release {release.number}, which "
        f"scripts/ would take back in these files:\n{names}"
        "First write what is live into a new folder, `python -m voice export DIR`, and copy these "
        "files into scripts/. Or add --over, and callers hear what scripts/ says."
    )


def _make_fit(settings: Settings, script: "Script") -> None:
    """Make the clips of scripts/, and stop if a check finds a problem."""
    from voice.check import check_folder
    from voice.instance import make_audio
    from voice.progress import progress_bar

    with progress_bar("clips") as progress:
        make_audio(settings, script, progress)
    report = check_folder(settings.scripts, settings.audio)
    if report.failures:
        click.echo(report.as_text())
        raise click.ClickException("nothing was published; fix these first")


def _are_still(settings: Settings, script: "Script") -> None:
    """Stop if scripts/ was changed meanwhile: it may have been checked before that, or after."""
    if read_script(settings).files != script.files:
        raise click.ClickException(
            f"nothing was published: {settings.scripts} was changed meanwhile. Do this again."
        )


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace or delete the scripts that FOLDER holds.")
def export(folder: Path, force: bool) -> None:
    """Write the live release into FOLDER, new or empty, as scripts again.

    With --force FOLDER becomes the release: scripts that differ are replaced, others are deleted.
    """
    from voice.instance import opened_store
    from voice.store import live_release

    with _writing(folder):
        if any(not one.is_dir() for one in folder.rglob("*")):
            _is_replaceable(folder, force)
    with without_traceback(), opened_store(read_settings()) as store:
        release = live_release(store)
    if release is None:
        raise click.ClickException("nothing is live yet; run serve or publish first")
    with _writing(folder):
        _write_scripts(folder, release.files)
    click.echo(f"Release {release.number} is in {folder}.")


def _is_replaceable(folder: Path, force: bool) -> None:
    """Nobody's work, and no other folder's files, are written over or deleted unasked."""
    if not (folder / "line.toml").is_file():
        raise click.ClickException(f"{folder} does not hold scripts: name a new folder")
    if not force:
        raise click.ClickException(
            f"{folder} is not empty, and nothing was written: name a new folder, or add --force, "
            "which replaces the scripts there and deletes those that are not live"
        )


def _write_scripts(folder: Path, files: Mapping[str, str]) -> None:
    """Make the scripts of a folder these, and tell of each that was replaced or deleted."""
    from voice.script import read_files

    kept = read_files(folder)
    _write_all(folder, files)
    for name in kept.keys() - files.keys():
        (folder / name).unlink()
    for name, content in sorted(kept.items()):
        if files.get(name) != content:
            click.echo(f"{'Replaced' if name in files else 'Deleted'} {folder / name}.")


def _write_all(folder: Path, files: Mapping[str, str]) -> None:
    """Replace each file whole, and none before all are written: the disk may be full."""
    from voice.speech.clips import UNFINISHED

    made = {name: folder / f"{name}{UNFINISHED}" for name in files}
    try:
        for name, unfinished in made.items():
            unfinished.parent.mkdir(parents=True, exist_ok=True)
            unfinished.write_text(files[name], "utf-8")
        for name, unfinished in made.items():
            unfinished.replace(folder / name)
    finally:
        for unfinished in made.values():
            unfinished.unlink(missing_ok=True)


def _is_no_file(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise click.ClickException(f"{folder} is a file: name a folder instead")


def _holds_nothing_else(folder: Path, begun: str, done: str) -> None:
    """A folder of somebody else's is left alone: ours has `done`, or not yet more than `begun`."""
    held = {one.name for one in folder.iterdir()} if folder.exists() else set()
    if done not in held and held - {begun}:
        raise click.ClickException(
            f"{folder} holds other files, and some might be replaced: name a new folder, or the "
            "one that this command wrote before"
        )


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """If the folder cannot be written to, say why and what to do."""
    _is_no_file(folder)
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise click.ClickException(NO_ROOM) from error
        why = error.strerror or type(error).__name__
        raise click.ClickException(
            f"{error.filename or folder} cannot be written to ({why}): name a folder of your own"
        ) from error


@click.command()
@click.argument("number", type=NUMBER, required=False)
@click.option("--list", "listed", is_flag=True, help="Print every release, and change nothing.")
@click.option(
    "--at-once",
    is_flag=True,
    help="Make no clips first; a plain voice fills in.",
)
def rollback(number: int | None, listed: bool, at_once: bool) -> None:
    """Make release NUMBER live again; without a number, the one before the live one.

    What is switched off stays off, and drafts stay as they are.
    """
    from voice import publish as going
    from voice.instance import opened_store
    from voice.progress import progress_bar

    settings = read_settings()
    with without_traceback(), opened_store(settings) as store:
        if listed:
            click.echo("\n".join(going.told(store)))
            return
        try:
            chosen = going.before(store) if number is None else number
            with progress_bar("clips") as progress:
                waits = None if at_once else progress
                going.back(settings, store, chosen, datetime.now(UTC), waits)
        except going.Stopped as why:
            raise click.ClickException(f"nothing was changed. {why.detail}") from why
    click.echo(f"Release {chosen} is live again.")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
def fallback(folder: Path) -> None:
    """Write the live release into FOLDER, as files for any web server to serve."""
    from voice.fallback import AUDIO, ENTRY, TEXTS, write
    from voice.instance import opened_store
    from voice.maker import prepare
    from voice.script import parse
    from voice.speech.clips import read_manifest
    from voice.store import live_release

    settings = read_settings()
    with _writing(folder):
        _holds_nothing_else(folder, AUDIO, ENTRY)
    with without_traceback():
        prepare(settings, click.echo)
        with opened_store(settings) as store:
            release = live_release(store)
        if release is None:
            raise click.ClickException("nothing is live yet; run serve or publish first")
        manifest, script = read_manifest(settings.audio), parse(release.files)
        with _writing(folder):
            unspoken = write(script, manifest, settings.audio, folder)
    click.echo(f"Release {release.number} is in {folder}, {len(unspoken)} clips missing.")
    click.echo("Host it apart from the line. In Twilio's console, your number, fallback addresses:")
    click.echo(f"  when a call handler fails: https://your.host/{ENTRY}, HTTP GET")
    click.echo(f"  when a message handler fails: https://your.host/{TEXTS}, HTTP GET")
