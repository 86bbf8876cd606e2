"""The server's entry point: reads the environment, builds the app, serves it.

app:app         for a WSGI server; built when it is asked for, so importing this does nothing
python app.py   serves the line, as `python -m voice serve` does
"""

import signal

if __name__ == "__main__":  # it waits for who hears it: by default it would end the line
    signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGHUP,))

import os
import sys

from flask import Flask

from voice.settings import SettingsError, read


def __getattr__(name: str) -> Flask:
    """`app`, made once, at the first request for it (PEP 562)."""
    if name != "app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from voice.assembly import assemble

    made = globals()[name] = assemble(read(os.environ))
    return made


def main() -> None:
    """Serve the line until it is told to stop."""
    from voice.server import serve

    try:
        serve(read(os.environ))
    except (SettingsError, OSError) as problem:
        sys.exit(str(problem))


if __name__ == "__main__":
    main()
