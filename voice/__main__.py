"""The command line: `python -m voice COMMAND`, also installed as `kypholine`."""

import signal
import sys

if sys.argv[1:2] == ["serve"]:  # it waits for who hears it: by default it would end the line
    signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGHUP,))

from voice.commands import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
