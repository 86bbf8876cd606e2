"""The conversations a newcomer reads in the README are those the line holds, word for word."""

import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import kept
from tests.conftest import ROOT
from voice.handset import handset
from voice.script import Script
from voice.settings import read
from voice.talk import talk, text
from voice.terminal import Terminal

BLOCKS = re.findall(
    r"^```text\n(.*?)^```", (ROOT / "README.md").read_text("utf-8"), re.M | re.S
)  # fmt: skip
CALL, THREAD = BLOCKS


def held(folder: Path, script: Script, converse: Callable[..., int], shown: str) -> str:
    """The transcript of what is typed in one that is shown."""
    kept.lend(folder, script)
    settings = read({"INSTANCE": str(folder), "AUDIO": str(ROOT / "audio")})
    lines = iter([line.removeprefix("> ") + "\n" for line in re.findall("^> .*", shown, re.M)])
    screen = Terminal(lines, io.StringIO(), echo=True, width=80)
    with handset(settings) as phone:
        assert converse(phone, screen) == 0
    return screen.out.getvalue().replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("converse", "shown"), [(talk, CALL), (text, THREAD)], ids=["call", "text"]
)
def test_the_line_says_what_the_readme_shows(tmp_path, script, converse, shown):
    assert shown.strip() in held(tmp_path / "instance", script, converse, shown)
