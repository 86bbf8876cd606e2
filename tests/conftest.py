"""What every test may use: the shipped script and its vocabulary, loaded once."""

from pathlib import Path

import pytest

from voice.script import Script, load
from voice.understand import Vocabulary, vocabulary

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def script() -> Script:
    return load(ROOT / "scripts")


@pytest.fixture(scope="session")
def known(script: Script) -> Vocabulary:
    return vocabulary(script)
