"""The command line: `python -m voice COMMAND`, also installed as `kypholine`."""

import signal
import sys

if sys.argv[1:2] == ["serve"]:  # it waits for who hears it: by default it would end the line
    signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGHUP,))

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from voice import settings as settings_module
from voice.script import Script, ScriptError, load
from voice.settings import Settings, SettingsError

if TYPE_CHECKING:
    from voice.inbox import State
    from voice.outbound import Client
    from voice.store import Store
    from voice.understand import Vocabulary

LOCALE = "The language, such as es-US; without it the call begins as every call does."


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """An accessible voice and SMS information line."""


def _settings() -> Settings:
    try:
        return settings_module.read(os.environ)
    except SettingsError as error:
        raise click.ClickException(str(error)) from error


def _script(settings: Settings) -> Script:
    with _told():
        return load(settings.scripts)


@contextmanager
def _told() -> Iterator[None]:
    """Turn what a person can mend into one message without a traceback."""
    from voice.speech.engine import SpeechError
    from voice.store import StoreError

    try:
        yield
    except ScriptError as error:
        raise click.ClickException(f"the scripts cannot be read:\n{error}") from error
    except (SpeechError, StoreError, OSError) as error:
        raise click.ClickException(str(error)) from error


# Serving -----------------------------------------------------------------------------------------


@main.command()
def serve() -> None:
    """Start the line; on the first start its store, clips and release 1 are made too."""
    from voice.server import serve as run

    with _told():
        run(_settings())


@main.command()
@click.option("--locale", default="", help=LOCALE)
@click.option("--play", is_flag=True, help="Play the clips where this machine has a player.")
@click.option("--url", default="", help="Call a running line at this address instead.")
def talk(locale: str, play: bool, url: str) -> None:
    """Hold a call in the terminal: type keys, words, or nothing."""
    from voice import talk as talking
    from voice.handset import handset

    settings = _settings()
    with _told(), handset(settings, _reached(url)) as phone:
        player = talking.find_player() if play else None
        if play and player is None:
            click.echo(f"No player here; install one of {talking.player_names()}.", err=True)
        heard = talking.play_with(player, talking.typing_at(sys.stdin)) if player else None
        keys = _language_key(_script(settings), locale) if locale else ""
        sys.exit(talking.talk(phone, talking.standard_terminal(), keys=keys, play=heard))


def _reached(url: str) -> str:
    """The address of --url, "" where none is given."""
    from voice.settings.addresses import at_all

    if url and not at_all(url):
        raise click.ClickException("--url is no web address: use one like http://127.0.0.1:8000")
    return url


def _language_key(script: Script, locale: str) -> str:
    if locale not in script.locales:
        raise click.ClickException(f"no {locale} here; use {' or '.join(script.locales)}")
    return str(script.locales.index(locale) + 1)


@main.command()
@click.option("--whatsapp", is_flag=True, help="Text as WhatsApp does.")
@click.option("--url", default="", help="Text a running line at this address instead.")
def text(whatsapp: bool, url: str) -> None:
    """Hold a text thread in the terminal."""
    from voice import talk as talking
    from voice.handset import handset

    with _told(), handset(_settings(), _reached(url)) as phone:
        sys.exit(talking.text(phone, talking.standard_terminal(), whatsapp=whatsapp))


# Content -----------------------------------------------------------------------------------------


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
def check(as_json: bool) -> None:
    """List every problem of scripts and audio; exit 1 if there is any.

    Signatures are looked for in the files, of a writer, an editor, a clinician, and a translator
    for translations; `publish` and the console go by the manager's rules.
    """
    from voice.check import check_folder

    settings = _settings()
    report = check_folder(settings.scripts, settings.audio)
    click.echo(report.as_json() if as_json else report.as_text())
    sys.exit(1 if report.failures else 0)


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
@click.option("--recordings", is_flag=True, help="Print what to record, and the files' names.")
@click.option("--sign-offs", is_flag=True, help="Print what a sign-off of each topic must say.")
def scripts(as_json: bool, recordings: bool, sign_offs: bool) -> None:
    """Print everything the line says and texts, as patients get it."""
    from voice.listing import rows
    from voice.speech.clips import read_manifest

    settings = _settings()
    script = _script(settings)
    if sign_offs:
        _print_sign_offs(script)
        return
    if recordings:
        _print_recordings(script)
        return
    with _told():
        found = list(rows(script, read_manifest(settings.audio)))
    if as_json:
        click.echo(json.dumps([asdict(row) for row in found], ensure_ascii=False, indent=1))
        return
    for row in found:
        click.echo(f"{row.channel} {row.locale} {row.node} {row.pace or ''}\n  {row.words}\n")


def _print_sign_offs(script: Script) -> None:
    """Print a line for each topic and locale: the entry of a person who signs these words today."""
    from voice.script import wording_digest

    for topic in script.topics.values():
        for locale in script.locales:
            entry = f'"Name, {datetime.now(UTC):%Y-%m-%d}, {wording_digest(topic, locale)}"'
            click.echo(f"topics/{topic.id}.toml [sign_offs.{locale}]: {entry}")


def _print_recordings(script: Script) -> None:
    """Print a line for every piece of speech: the file that would hold it, and its words."""
    from voice.release import utterances
    from voice.speech.reading import name_of

    spoken = {(one.locale, one.pace, one.words): None for one in utterances(script)}
    for locale, pace, words in spoken:
        read = words.replace("\n", " / ")
        click.echo(f"{locale}/{name_of(words, locale, pace)}.wav\t{pace}\t{read}")


@main.command()
@click.option("--engine", default="", help="espeak, gtts or piper, instead of SPEECH_ENGINE.")
@click.option("--jobs", type=click.IntRange(1, 64), help="How many at once; one a processor.")
@click.option("--prune", is_flag=True, help="Delete clips nothing needs any more.")
def audio(engine: str, jobs: int | None, prune: bool) -> None:
    """Make the clips that are missing. Stop it at any time; run again, it goes on."""
    from dataclasses import replace

    from voice.instance import make_audio, prune_audio
    from voice.progress import progress_bar

    settings = _settings()
    if engine:
        settings = replace(settings, speech_engine=engine)
    script = _script(settings)
    with _told():
        with progress_bar("clips") as progress:
            make_audio(settings, script, progress, jobs)
        if prune:
            click.echo(f"{prune_audio(settings, script)} clips deleted.")
    click.echo(f"Every clip is in {settings.audio}.")


@main.command()
@click.option("--note", default="published from scripts/", help="What changed, for the record.")
def publish(note: str) -> None:
    """Make scripts/ the live release: checked, with every clip, all at once.

    Says which signatures the manager's rules ask for, and which are missing; none is needed here.
    """
    from voice.check import check_folder
    from voice.draft.unsigned import told
    from voice.instance import make_audio, new_release, opened_store
    from voice.progress import progress_bar
    from voice.store.choices import read_choices
    from voice.store.drafts import read_work

    settings = _settings()
    script = _script(settings)
    with _told():
        with progress_bar("clips") as progress:
            make_audio(settings, script, progress)
        report = check_folder(settings.scripts, settings.audio)
        if report.failures:
            click.echo(report.as_text())
            raise click.ClickException("nothing was published; mend these first")
        with opened_store(settings) as store:
            number = new_release(settings, store, note, datetime.now(UTC))
            policy, given = read_choices(store).policy, read_work(store).sign_offs
    click.echo(f"Release {number} is live.")
    click.echo("\n".join(told(script, policy, given)))


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Also where files are: replace and delete its scripts.")
def export(folder: Path, force: bool) -> None:
    """Write the live release into FOLDER, new or empty, as scripts again.

    With --force it becomes the release: what differs is replaced, scripts that are not of it go.
    """
    from voice.instance import opened_store
    from voice.store import live_release

    with _writing(folder):
        if folder.is_dir() and any(folder.iterdir()):
            _is_replaceable(folder, force)
    with _told(), opened_store(_settings()) as store:
        release = live_release(store)
    if release is None:
        raise click.ClickException("nothing is live yet; run serve or publish first")
    with _writing(folder):
        _write_scripts(folder, release.files)
    click.echo(f"Release {release.number} is in {folder}.")


def _is_replaceable(folder: Path, force: bool) -> None:
    """Nobody's work, and no other folder's files, are written over or deleted unasked."""
    if not (folder / "line.toml").is_file():
        raise click.ClickException(f"{folder} holds other things than scripts: name a new folder")
    if not force:
        raise click.ClickException(
            f"{folder} is not empty, and nothing was written: name a new folder, or say --force, "
            "which replaces the scripts there and deletes those that are not live"
        )


def _write_scripts(folder: Path, files: Mapping[str, str]) -> None:
    """Make the scripts of a folder these, and tell of each that was replaced or deleted."""
    from voice.script import read_files

    kept = read_files(folder)
    for name in kept.keys() - files.keys():
        (folder / name).unlink()
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
    for name, content in sorted(kept.items()):
        if files.get(name) != content:
            click.echo(f"{'Replaced' if name in files else 'Deleted'} {folder / name}.")


def _is_no_file(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise click.ClickException(f"{folder} is a file: name a folder, which is made if need be")


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """Say of a folder that cannot be written in why, and what to do."""
    _is_no_file(folder)
    try:
        yield
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise click.ClickException(
            f"{error.filename or folder} cannot be written ({why}): name a folder of your own"
        ) from error


@main.command()
@click.argument("number", type=int, required=False)
@click.option("--list", "listed", is_flag=True, help="Print every release, and change nothing.")
@click.option("--at-once", is_flag=True, help="Wait for no clip; a plain voice says what has none.")
def rollback(number: int | None, listed: bool, at_once: bool) -> None:
    """Make release NUMBER live again, or the one before the live one where none is given.

    What is switched off stays off, and words in work stay in work.
    """
    from voice import publish as going
    from voice.instance import opened_store
    from voice.progress import progress_bar

    settings = _settings()
    with _told(), opened_store(settings) as store:
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


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
def fallback(folder: Path) -> None:
    """Write the live release into FOLDER as files a plain web server can say it from."""
    from voice.fallback import ENTRY, TEXTS, write
    from voice.instance import opened_store
    from voice.maker import prepare
    from voice.script import parse
    from voice.speech.clips import read_manifest
    from voice.store import live_release

    settings = _settings()
    _is_no_file(folder)
    with _told():
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


@main.command()
def doctor() -> None:
    """Say what is wrong with this installation, and what to do."""
    from voice.doctor import findings

    settings = _settings()
    found = findings(settings)
    for finding in found:
        click.echo(f"{finding.level}: {finding.what} {finding.remedy}".rstrip())
    sys.exit(1 if any(finding.level == "problem" for finding in found) else 0)


# The clinic --------------------------------------------------------------------------------------


@main.command()
@click.argument("number")
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
def connect(number: str, dry_run: bool) -> None:
    """Point a Twilio NUMBER, such as +12125550150, at this line."""
    from voice.connect import connect as wire

    settings = _settings()
    with _twilio(settings) as client:
        spare = settings.outbound.fallback_url
        change = wire(client, number, settings.public_url, spare, dry_run)
    click.echo(change.table())
    for warning in change.warnings:
        click.echo(f"warning: {warning}", err=True)
    if not change.differences:
        click.echo("It was so already.")
    elif dry_run:
        click.echo("Nothing was changed; run it again without --dry-run.")


@contextmanager
def _twilio(settings: Settings) -> Iterator["Client"]:
    """Open a way to Twilio; what goes wrong there becomes one message without a traceback."""
    from contextlib import closing

    from voice import courier
    from voice.connect import ConnectError
    from voice.outbound import OutboundError, open_client

    account = courier.account_of(settings)
    if account is None:
        lack = " and ".join(courier.lacking(settings))
        raise click.ClickException(f"Twilio cannot be asked: set {lack}.")
    try:
        with closing(open_client(account)) as client:
            yield client
    except (ConnectError, OutboundError) as error:
        raise click.ClickException(str(error)) from error


@main.command()
@click.option("--numbers", is_flag=True, help="Show the numbers to ring. Mind who can see them.")
@click.option("--done", type=int, multiple=True, metavar="ID", help="Rung; its number is deleted.")
@click.option("--wrong", type=int, multiple=True, metavar="ID", help="A wrong number; deleted too.")
@click.option("--tried", type=int, multiple=True, metavar="ID", help="Nobody answered; it stays.")
def inbox(
    numbers: bool, done: tuple[int, ...], wrong: tuple[int, ...], tried: tuple[int, ...]
) -> None:
    """Show who waits for a call-back, words not understood, and what was not delivered."""
    from voice import inbox as box
    from voice.instance import opened_store
    from voice.seal import Seal

    settings = _settings()
    script = _script(settings)
    now = datetime.now(UTC)
    seal = Seal(settings.secret_keys) if numbers else None
    rung: dict[State, tuple[int, ...]] = {"done": done, "wrong": wrong, "tried": tried}
    with _told(), opened_store(settings) as store:
        known = [_finished(store, id, how, now) for how, ids in rung.items() for id in ids]
        for line in box.lines(store, script, seal, now):
            click.echo(line)
    sys.exit(0 if all(known) else 1)


def _finished(store: "Store", id: int, state: "State", now: datetime) -> bool:
    """Tell how ringing went, and whether such a call-back waited at all."""
    from voice.inbox import NotWaiting, finish

    try:
        click.echo(finish(store, id, state, now))
    except NotWaiting as problem:
        click.echo(str(problem), err=True)
        return False
    return True


# Staff -------------------------------------------------------------------------------------------


@main.group()
def staff() -> None:
    """Let people into the console, and back in."""


@staff.command("add")
@click.argument("email")
@click.argument("name")
@click.option("--role", "roles", multiple=True, help="What they may do; may be given often.")
@click.option("--language", default="en", help="The language of the pages they see: en or es.")
def staff_add(email: str, name: str, roles: tuple[str, ...], language: str) -> None:
    """Make an account; the link printed lets its person choose a password, once.

    Roles are writer, editor, clinician, translator and manager. The first account is a manager's.
    """
    from voice.console.commands import add
    from voice.instance import opened_store
    from voice.store.staff import Newcomer

    settings = _settings()
    with _told(), opened_store(settings) as store:
        newcomer = Newcomer(email, name, roles, language)
        click.echo(add(settings, store, newcomer, datetime.now(UTC)))


@staff.command("list")
def staff_list() -> None:
    """Print everybody who has an account: address, name, roles, access."""
    from voice.console.commands import lines
    from voice.instance import opened_store
    from voice.store.staff import everyone

    with _told(), opened_store(_settings()) as store:
        for line in lines(everyone(store)):
            click.echo(line)


@staff.command("restore")
@click.argument("email")
def staff_restore(email: str) -> None:
    """Let a manager back in when no other manager can; prints a link for a new password."""
    from voice.console.commands import restore
    from voice.instance import opened_store

    settings = _settings()
    with _told(), opened_store(settings) as store:
        click.echo(restore(settings, store, email, datetime.now(UTC)))


@staff.command("sign-out")
def staff_sign_out() -> None:
    """Sign everybody out everywhere, where somebody may have got in who should not."""
    from voice.console.commands import sign_out
    from voice.instance import opened_store

    with _told(), opened_store(_settings()) as store:
        click.echo(sign_out(store, datetime.now(UTC)))


# Measures ----------------------------------------------------------------------------------------


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Read JSON strings and print JSON.")
@click.argument("lines", type=click.File("rb"), default="-")
def segments(as_json: bool, lines: IO[bytes]) -> None:
    """Count what texts cost: one text a line on standard input."""
    from voice.sms import count

    for number, line in _lines(lines):
        text = _json_text(line, number) if as_json else line
        cost = count(text)
        if as_json:
            click.echo(_json(asdict(cost)))
        else:
            why = f" because of {' '.join(cost.costly)}" if cost.costly else ""
            click.echo(f"{cost.segments} x {cost.encoding}{why}: {text}")


def _lines(source: IO[bytes]) -> Iterator[tuple[int, str]]:
    """The lines of a text with their numbers; one that is no text is named."""
    for number, line in enumerate(source, 1):
        try:
            yield number, line.rstrip(b"\r\n").decode("utf-8")
        except UnicodeDecodeError as error:
            message = f"line {number} is no UTF-8 text: save it as UTF-8"
            raise click.ClickException(message) from error


def _json(row: object) -> str:
    """A row for programs; half a character, which JSON may hold and no text, stays written out."""
    told = json.dumps(row, ensure_ascii=False)
    return json.dumps(row) if any("\ud800" <= sign <= "\udfff" for sign in told) else told


def _json_text(line: str, number: int) -> str:
    try:
        text = json.loads(line)
    except json.JSONDecodeError as error:
        raise click.ClickException(f"line {number} is no JSON: {error}") from error
    if not isinstance(text, str):
        raise click.ClickException(f"line {number} is no JSON string; put it in quotation marks")
    return text


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
@click.option("--explain", is_flag=True, help="Say which words decided.")
@click.option(
    "--evaluate",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Judge the line on a file of sample messages.",
)
@click.argument("lines", type=click.File("rb"), default="-")
def understand(as_json: bool, explain: bool, evaluate: Path | None, lines: IO[bytes]) -> None:
    """Say what messages ask for: `locale<TAB>text` a line on standard input."""
    from voice.evaluate import tell, why
    from voice.understand import explained, vocabulary

    script = _script(_settings())
    known = vocabulary(script)
    if evaluate:
        _evaluate(script, known, evaluate, as_json)
        return
    bare = []
    for number, line in _lines(lines):
        given, tab, text = line.partition("\t")
        if line and not tab:
            given, text = "", line
            bare.append(number)
        locale = given if given in script.locales else script.locales[0]
        told = tell(script, known, locale, text)
        row = _json(asdict(told) | {"locale": given})
        click.echo(row if as_json else f"{told.name} ({told.does}): {text}")
        if explain:
            click.echo(f"  {why(explained(known, locale, text))}", err=as_json)
    if bare:
        raise click.ClickException(_without_tab(bare, script.locales[0]))


def _without_tab(lines: list[int], locale: str) -> str:
    others = f" ({len(lines)} lines in all)" if len(lines) > 1 else ""
    return (
        f"line {lines[0]} has no TAB{others} and was read as {locale}: write locale<TAB>text, "
        f"as in printf '{locale}\\tcan i drive\\n'"
    )


def _evaluate(script: Script, known: "Vocabulary", samples: Path, as_json: bool) -> None:
    """Judge the line on a file of messages: a report, or for programs a row a message."""
    from voice.evaluate import EvaluationError, judge, read_samples, report, rows

    try:
        judged = judge(script, known, read_samples(samples, script.locales))
    except EvaluationError as error:
        raise click.ClickException(str(error)) from error
    click.echo("\n".join(map(_json, rows(judged))) if as_json else report(judged))


@main.command()
@click.option("--seconds", type=click.FloatRange(0.1, 60), default=3, help="Of each measurement.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
@click.option("--only", multiple=True, help="A row of the table beside the first four.")
@click.option("--soak", type=int, metavar="N", help="Send N requests instead; does memory grow?")
@click.option("--growth", is_flag=True, help="Measure larger scripts instead: some minutes.")
def bench(
    seconds: float, as_json: bool, only: tuple[str, ...], soak: int | None, growth: bool
) -> None:
    """Measure what a request costs here, beside plain Flask on the same server."""
    from voice.bench import report
    from voice.bench.growth import sizes
    from voice.bench.place import PlaceError
    from voice.bench.run import run
    from voice.bench.soak import soaked

    def say(words: str) -> None:
        click.echo(words, err=True)

    settings = _settings()
    try:
        with _told():
            if growth:
                click.echo(report.grown(sizes(settings.scripts)))
            elif soak:
                click.echo(report.soaked(soaked(settings, soak, say)))
            else:
                done = run(settings, seconds, say, only)
                data = json.dumps(report.as_data(done), indent=1)
                click.echo(data if as_json else report.as_text(done))
    except (PlaceError, TimeoutError) as error:
        raise click.ClickException(str(error)) from error


if __name__ == "__main__":
    main()
