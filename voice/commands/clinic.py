"""The clinic: point its number here, and work through its inbox."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from voice.commands.common import NUMBER, read_script, read_settings, without_traceback
from voice.settings import Settings

if TYPE_CHECKING:
    from voice.outbound import Client
    from voice.store import Store
    from voice.store.call_backs import Finished


@click.command()
@click.argument("number")
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
def connect(number: str, dry_run: bool) -> None:
    """Point a Twilio NUMBER, such as +12125550150, at this line."""
    from voice.connect import connect as wire

    settings = read_settings()
    with _twilio(settings) as client:
        spare = settings.outbound.fallback_url
        change = wire(client, number, settings.public_url, spare, dry_run)
    click.echo(change.table())
    for warning in change.warnings:
        click.echo(f"warning: {warning}", err=True)
    if not change.differences:
        click.echo("It was set up like this already.")
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


@click.command()
@click.option("--numbers", is_flag=True, help="Show the numbers to ring.")
@click.option(
    "--done", type=NUMBER, multiple=True, metavar="ID", help="Rung; the number is deleted."
)
@click.option(
    "--wrong", type=NUMBER, multiple=True, metavar="ID", help="A wrong number; deleted too."
)
@click.option(
    "--tried", type=NUMBER, multiple=True, metavar="ID", help="Nobody answered; it stays."
)
def inbox(
    numbers: bool, done: tuple[int, ...], wrong: tuple[int, ...], tried: tuple[int, ...]
) -> None:
    """Show who waits for a call-back, words not understood, and what was not delivered."""
    from voice import inbox as box
    from voice.instance import live_script, opened_store
    from voice.seal import Seal

    settings = read_settings()
    now = datetime.now(UTC)
    seal = Seal(settings.secret_keys) if numbers else None
    rung: dict[Finished, tuple[int, ...]] = {"done": done, "wrong": wrong, "tried": tried}
    with without_traceback(), opened_store(settings) as store:
        script = live_script(settings, store) or read_script(settings)
        known = [_finished(store, id, how, now) for how, ids in rung.items() for id in ids]
        for line in box.lines(store, script, seal, now):
            click.echo(line)
    sys.exit(0 if all(known) else 1)


def _finished(store: "Store", id: int, state: "Finished", now: datetime) -> bool:
    """Tell how ringing went, and whether such a call-back waited at all."""
    from voice.inbox import NotWaiting, finish

    try:
        click.echo(finish(store, id, state, now))
    except NotWaiting as problem:
        click.echo(str(problem), err=True)
        return False
    return True
