"""The line itself: start it, call it and text it from a terminal, say what is wrong with it."""

import sys
from typing import TYPE_CHECKING

import click

from voice.commands.common import read_script, read_settings, without_traceback

if TYPE_CHECKING:
    from voice.script import Script

LOCALE = "Choose this language, such as es-US, at the start of the call."


@click.command()
def serve() -> None:
    """Start the line; the first start also makes its store, clips and release 1."""
    from voice.server import serve as run

    with without_traceback():
        run(read_settings())


@click.command()
@click.option("--locale", default="", help=LOCALE)
@click.option("--play", is_flag=True, help="Play the clips, if this machine has a player.")
@click.option("--url", default="", help="Call a running line at this address instead.")
def talk(locale: str, play: bool, url: str) -> None:
    """Hold a call in the terminal: type keys, words or nothing."""
    from voice import talk as talking
    from voice.handset import handset
    from voice.player import find_player, play_with, player_names, typing_at
    from voice.terminal import standard_terminal

    settings = read_settings()
    with without_traceback(), handset(settings, _reached(url)) as phone:
        player = find_player() if play else None
        if play and player is None:
            click.echo(f"No player here; install one of {player_names()}.", err=True)
        heard = play_with(player, typing_at(sys.stdin)) if player else None
        keys = _language_key(read_script(settings), locale) if locale else ""
        sys.exit(talking.talk(phone, standard_terminal(), keys=keys, play=heard))


def _reached(url: str) -> str:
    """Return the address of --url, "" if none is given."""
    from voice.settings.addresses import at_all

    if url and not at_all(url):
        raise click.ClickException("--url is not a web address: use one like http://127.0.0.1:8000")
    return url


def _language_key(script: "Script", locale: str) -> str:
    if locale not in script.locales:
        raise click.ClickException(f"no {locale} here; use {' or '.join(script.locales)}")
    return str(script.locales.index(locale) + 1)


@click.command()
@click.option("--whatsapp", is_flag=True, help="Text as WhatsApp does.")
@click.option("--url", default="", help="Text a running line at this address instead.")
def text(whatsapp: bool, url: str) -> None:
    """Hold a text thread in the terminal."""
    from voice import talk as talking
    from voice.handset import handset
    from voice.terminal import standard_terminal

    with without_traceback(), handset(read_settings(), _reached(url)) as phone:
        sys.exit(talking.text(phone, standard_terminal(), whatsapp=whatsapp))


@click.command()
def doctor() -> None:
    """Say what is wrong with this installation, and what to do."""
    from voice.doctor import findings

    settings = read_settings()
    found = findings(settings)
    for finding in found:
        click.echo(f"{finding.level}: {finding.what} {finding.remedy}".rstrip())
    sys.exit(1 if any(finding.level == "problem" for finding in found) else 0)
