"""Staff accounts, from the machine itself."""

from datetime import UTC, datetime

import click

from voice.commands.common import read_settings, without_traceback


@click.group()
def staff() -> None:
    """Let people into the console, and back in."""


@staff.command("add")
@click.argument("email")
@click.argument("name")
@click.option("--role", "roles", multiple=True, help="What they may do; give it once per role.")
@click.option("--language", default="en", help="The language of the pages they see: en or es.")
def staff_add(email: str, name: str, roles: tuple[str, ...], language: str) -> None:
    """Make an account, and print a link that lets its owner choose a password, once.

    Roles are writer, editor, clinician, translator and manager. The first account is a manager's.
    """
    from voice.console.commands import add
    from voice.instance import opened_store
    from voice.store.staff import Newcomer

    settings = read_settings()
    with without_traceback(), opened_store(settings) as store:
        newcomer = Newcomer(email, name, roles, language)
        click.echo(add(settings, store, newcomer, datetime.now(UTC)))


@staff.command("list")
def staff_list() -> None:
    """Print everybody who has an account: address, name, roles, access."""
    from voice.console.commands import lines
    from voice.instance import opened_store
    from voice.store.staff import everyone

    with without_traceback(), opened_store(read_settings()) as store:
        for line in lines(everyone(store)):
            click.echo(line)


@staff.command("restore")
@click.argument("email")
def staff_restore(email: str) -> None:
    """Let a manager back in when no other manager can; prints a link to choose a new password."""
    from voice.console.commands import restore
    from voice.instance import opened_store

    settings = read_settings()
    with without_traceback(), opened_store(settings) as store:
        click.echo(restore(settings, store, email, datetime.now(UTC)))


@staff.command("sign-out")
def staff_sign_out() -> None:
    """Sign everybody out everywhere, for when somebody may have got in who should not."""
    from voice.console.commands import sign_out
    from voice.instance import opened_store

    with without_traceback(), opened_store(read_settings()) as store:
        click.echo(sign_out(store, datetime.now(UTC)))
