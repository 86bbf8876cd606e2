"""What the commands share: the settings, the script, errors as one message without a traceback."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import click

from voice import settings as settings_module
from voice.settings import Settings, SettingsError

if TYPE_CHECKING:
    from voice.script import Script

NUMBER: Final = click.IntRange(max=2**31 - 1)
"""The number of something in the store: a larger one fits into no row of it."""
FULL: Final = (errno.ENOSPC, errno.EDQUOT)
NO_ROOM: Final = (
    "the disk is full, and this was not finished. Make room (`df -h` shows where there is none), "
    "then do this again."
)


def read_settings() -> Settings:
    """Read the settings from the environment."""
    try:
        return settings_module.read(os.environ)
    except SettingsError as error:
        raise click.ClickException(str(error)) from error


def read_script(settings: Settings) -> "Script":
    """Read the scripts folder of these settings."""
    from voice.script import load

    with without_traceback():
        return load(settings.scripts)


@contextmanager
def without_traceback() -> Iterator[None]:
    """Turn an error that a person can fix into one message without a traceback."""
    try:
        yield
    except Exception as error:
        # Loaded only now: the process that serves in front is to carry none of it.
        from voice.script import ScriptError
        from voice.speech.engine import SpeechError
        from voice.store import StoreError, StoreUnreachable

        if isinstance(error, StoreUnreachable):
            raise click.ClickException(f"{error.what} {error.remedy}") from error
        if isinstance(error, ScriptError):
            raise click.ClickException(f"the scripts cannot be read:\n{error}") from error
        if isinstance(error, BrokenPipeError):
            raise  # who read this has enough; click ends without a word
        if isinstance(error, OSError) and error.errno in FULL:
            raise click.ClickException(NO_ROOM) from error
        if isinstance(error, SpeechError | StoreError | OSError):
            raise click.ClickException(str(error)) from error
        raise
