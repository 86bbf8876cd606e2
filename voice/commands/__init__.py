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

import click

from voice.commands import clinic, line, measures, releases, words
from voice.commands.moving import move
from voice.commands.staff import staff


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
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
