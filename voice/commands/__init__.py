"""The commands of `python -m voice`. Each loads what it needs when it is run, and not before.

common.py    what they share
line.py      serve, talk, text, doctor
words.py     check, scripts, audio
releases.py  publish, export, rollback, fallback
clinic.py    connect, inbox
staff.py     staff add, list, restore, sign-out
moving.py    move
measures.py  segments, understand, bench
"""

import os
import sys
from typing import Any

import click

from voice.commands import clinic, line, measures, releases, words
from voice.commands.common import FULL, NO_ROOM
from voice.commands.moving import move
from voice.commands.staff import staff


class Commands(click.Group):
    """The commands, wherever their input comes from and their output goes."""

    def main(self, *given: Any, **named: Any) -> Any:
        """Run a command; who closed its input has nothing to say."""
        sys.stdin = sys.stdin or open(os.devnull, encoding="utf-8")  # noqa: SIM115 - for as long as it runs
        return super().main(*given, **named)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; where what it prints meets a full disk, say so."""
        try:
            return super().invoke(ctx)
        except OSError as error:
            if error.errno in FULL:
                raise click.ClickException(NO_ROOM) from error
            raise


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """An accessible voice and SMS information line."""


for command in (
    *(line.serve, line.talk, line.text, line.doctor),
    *(words.check, words.scripts, words.audio),
    *(releases.publish, releases.export, releases.rollback, releases.fallback),
    *(clinic.connect, clinic.inbox),
    *(staff, move),
    *(measures.segments, measures.understand, measures.bench),
):
    main.add_command(command)
