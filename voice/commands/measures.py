"""Measures: what a text costs, what a message is understood as, what a request costs."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from voice.commands.common import read_script, read_settings, without_traceback

if TYPE_CHECKING:
    from voice.script import Script
    from voice.understand import Vocabulary


@click.command()
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
    """The lines with their numbers; an error names the line that is not text."""
    for number, line in enumerate(source, 1):
        try:
            yield number, line.rstrip(b"\r\n").decode("utf-8")
        except UnicodeDecodeError as error:
            message = f"line {number} is not UTF-8 text: save it as UTF-8"
            raise click.ClickException(message) from error


def _json(row: object) -> str:
    """A row for programs. Half a character, which JSON may hold but text may not, stays escaped."""
    told = json.dumps(row, ensure_ascii=False)
    return json.dumps(row) if any("\ud800" <= sign <= "\udfff" for sign in told) else told


def _json_text(line: str, number: int) -> str:
    try:
        text = json.loads(line)
    except json.JSONDecodeError as error:
        raise click.ClickException(f"line {number} is not JSON: {error}") from error
    if not isinstance(text, str):
        raise click.ClickException(f"line {number} is not a JSON string; put it in quotation marks")
    return text


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
@click.option("--explain", is_flag=True, help="Say which words decided.")
@click.option(
    "--evaluate",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Judge the line on a file of sample messages.",
)
@click.argument("lines", type=click.File("rb"), default="-")
def understand(as_json: bool, explain: bool, evaluate: Path | None, lines: IO[bytes]) -> None:
    """Say what messages ask for: `locale<TAB>text` a line on standard input.

    It goes by scripts/, also where other words are live; `text` asks the live ones.
    """
    from voice.evaluate import tell, why
    from voice.understand import explained, vocabulary

    script = read_script(read_settings())
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


def _evaluate(script: "Script", known: "Vocabulary", samples: Path, as_json: bool) -> None:
    """Judge the line on a file of messages: a report, or for programs a row a message."""
    from voice.evaluate import EvaluationError, judge, read_samples, report, rows

    try:
        judged = judge(script, known, read_samples(samples, script.locales))
    except EvaluationError as error:
        raise click.ClickException(str(error)) from error
    click.echo("\n".join(map(_json, rows(judged))) if as_json else report(judged))


@click.command()
@click.option("--seconds", type=click.FloatRange(0.1, 60), default=3, help="How long each takes.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
@click.option("--only", multiple=True, help="A row of the table to measure besides the first four.")
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

    settings = read_settings()
    try:
        with without_traceback():
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
