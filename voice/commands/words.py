"""The words as files: check them, print them, make their clips."""

import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from voice.commands.common import read_script, read_settings, without_traceback
from voice.settings import Settings

if TYPE_CHECKING:
    from voice.script import Script


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
def check(as_json: bool) -> None:
    """List every problem in scripts and audio; exit 1 if there are any.

    It looks in the files for the signatures of a writer, an editor, a clinician and, for
    translations, a translator; `publish` and the console follow the manager's rules.
    """
    from voice.check import check_folder

    settings = read_settings()
    report = check_folder(settings.scripts, settings.audio)
    click.echo(report.as_json() if as_json else report.as_text())
    sys.exit(1 if report.failures else 0)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
@click.option("--recordings", is_flag=True, help="Print what to record, with file names.")
@click.option("--sign-offs", is_flag=True, help="Print what a sign-off of each topic must say.")
def scripts(as_json: bool, recordings: bool, sign_offs: bool) -> None:
    """Print everything the line says and texts, as patients get it.

    Texts that differ only by the subjects they name are printed once, as an example.
    """
    from voice.listing import rows
    from voice.speech.clips import read_manifest

    settings = read_settings()
    script = read_script(settings)
    if sign_offs:
        _print_sign_offs(script)
        return
    if recordings:
        _print_recordings(script)
        return
    with without_traceback():
        found = list(rows(script, read_manifest(settings.audio)))
    if as_json:
        click.echo(json.dumps([asdict(row) for row in found], ensure_ascii=False, indent=1))
        return
    for row in found:
        click.echo(f"{row.channel} {row.locale} {row.node} {row.pace or ''}\n  {row.words}\n")


def _print_sign_offs(script: "Script") -> None:
    """Print for each topic and locale the entry of a person who signs these words today."""
    from voice.script import wording_digest

    for topic in script.topics.values():
        for locale in script.locales:
            entry = f'"Name, {datetime.now(UTC):%Y-%m-%d}, {wording_digest(topic, locale)}"'
            click.echo(f"topics/{topic.id}.toml [sign_offs.{locale}]: {entry}")


def _print_recordings(script: "Script") -> None:
    """Print for every piece of speech the name of its file, and its words."""
    from voice.release import utterances
    from voice.speech.reading import name_of

    spoken = {(one.locale, one.pace, one.words): None for one in utterances(script)}
    for locale, pace, words in spoken:
        read = words.replace("\n", " / ")
        click.echo(f"{locale}/{name_of(words, locale, pace)}.wav\t{pace}\t{read}")


@click.command()
@click.option("--engine", default="", help="espeak, gtts or piper, instead of SPEECH_ENGINE.")
@click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    help="How many at once, if not one per core.",
)
@click.option("--prune", is_flag=True, help="Delete clips that are no longer needed.")
def audio(engine: str, jobs: int | None, prune: bool) -> None:
    """Make the clips that are missing: those of the live release first, then those of scripts/.

    Stop it at any time: the next run continues.
    """
    from dataclasses import replace

    from voice.instance import prune_audio

    settings = read_settings()
    if engine:
        settings = replace(settings, speech_engine=engine)
    with without_traceback():
        live = _live(settings)
        if live:
            _make(settings, live, jobs)
            click.echo(f"Every clip of what callers hear is in {settings.audio}.")
        script = read_script(settings)
        if live is None or script.files != live.files:
            _make(settings, script, jobs)
        if prune:
            click.echo(f"{prune_audio(settings, script)} clips deleted.")
    click.echo(f"Every clip is in {settings.audio}.")


def _live(settings: Settings) -> "Script | None":
    """The script callers hear; None while nothing is live, or nothing that can be read."""
    from voice.instance import live_script, opened_store
    from voice.script import ScriptError

    with opened_store(settings) as store:
        try:
            return live_script(settings, store)
        except ScriptError as problem:
            told = "The live release cannot be read; its clips stay as they are. See `doctor`."
            click.echo(f"{told}\n{problem}", err=True)
            return None


def _make(settings: Settings, script: "Script", jobs: int | None) -> None:
    from voice.instance import make_audio
    from voice.progress import progress_bar

    with progress_bar("clips") as progress:
        make_audio(settings, script, progress, jobs)
