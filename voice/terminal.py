"""Where a person types and reads: the terminal, or a pipe that is echoed."""

import shutil
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TextIO

INDENT: Final = "  "


@dataclass(frozen=True)
class Terminal:
    """Where a person types and reads."""

    typed: Iterator[str]
    out: TextIO
    echo: bool = False  # write what was typed, because nothing else does
    width: int = 80  # characters

    def write(self, text: str = "") -> None:
        """Write one line."""
        self.out.write(f"{text}\n")
        self.out.flush()

    def paragraph(self, text: str) -> None:
        """Write text indented and wrapped."""
        width = max(self.width, 40)
        self.write(textwrap.fill(text, width, initial_indent=INDENT, subsequent_indent=INDENT))

    def ask(self) -> str | None:
        """Read one line; None where there are no more."""
        self.out.write("> ")
        self.out.flush()
        line = next(self.typed, None)
        if self.echo or line is None:
            self.write(line.strip() if line else "")
        return None if line is None else line.strip()


def terminal(stdin: TextIO, stdout: TextIO) -> Terminal:
    """The terminal this process was started in, or the pipe."""
    width = min(shutil.get_terminal_size().columns, 88)
    return Terminal(iter(stdin.readline, ""), stdout, echo=not stdin.isatty(), width=width)


def standard_terminal() -> Terminal:
    """The terminal on standard input and output."""
    return terminal(sys.stdin, sys.stdout)
