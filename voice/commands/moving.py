"""From one machine's SQLite file to a PostgreSQL that several share."""

import os
from pathlib import Path

import click

from voice import secrets
from voice import settings as settings_module
from voice.commands.common import read_settings, without_traceback
from voice.settings import Settings


@click.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
def move(file: Path | None) -> None:
    """Copy the SQLite store into the empty PostgreSQL that DATABASE_URL names; stop the line first.

    FILE is line.db in the instance folder, or one unpacked from a backup. It stays as it was.
    """
    from voice.progress import progress_bar
    from voice.store import open_store
    from voice.store.moving import held
    from voice.store.moving import move as copy

    settings = read_settings()
    source = file or settings.own_file
    _names_postgresql(settings)
    _has_the_keys_of(source.absolute().parent, settings)
    with without_traceback(), held(source) as old, progress_bar("rows") as progress:
        target = open_store(settings.database_url)
        try:
            counts = copy(old, target, progress)
        finally:
            target.close()
    for name, count in sorted(counts.items()):
        if count:
            click.echo(f"{count:>9} {name}")
    click.echo(
        f"All of it is in PostgreSQL now, and {source} is as it was. Start the line, and look: "
        "python -m voice doctor. Then move that file to where you keep backups."
    )


def _names_postgresql(settings: Settings) -> None:
    if not settings.database_url.startswith("postgres"):
        raise click.ClickException(
            "DATABASE_URL names no PostgreSQL: set it to an empty database's address, like "
            "postgresql://user:password@host/name"
        )


def _has_the_keys_of(folder: Path, settings: Settings) -> None:
    """Refuse if another machine with these settings would lack a key that was made here.

    Under another CONTACT_KEY nobody's opt-out is found; with another SECRET_KEY no number opens.
    """
    try:
        made = secrets.kept(folder)
    except secrets.SecretsError as problem:
        raise click.ClickException(str(problem)) from problem
    elsewhere = settings_module.read(os.environ | {"INSTANCE": str(settings.instance / "none")})
    lacking = []
    if made and made.secret_key.encode() not in elsewhere.secret_keys:
        lacking.append("SECRET_KEY")
    if made and made.contact_key.encode() not in elsewhere.contact_keys:
        lacking.append("CONTACT_KEY")
    if lacking:
        raise click.ClickException(
            f"The settings lack the {' and '.join(lacking)} that {folder / secrets.FILE} holds: "
            "under others no opt-out is found and no number opens. Set SECRET_KEY to secret_key of "
            "that file and CONTACT_KEY to contact_key, on every machine; where you have changed a "
            "key since, set ..._PREVIOUS to it instead."
        )
