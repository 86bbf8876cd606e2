"""Whole conversations, through the real door, word for word as tests/conversations tells them."""

from pathlib import Path

import pytest

from tests.replay import FOLDER, Served, read, replay, serving
from voice.script import Script

FILES = {path.stem: path for path in sorted(FOLDER.glob("*.txt"))}


@pytest.fixture(scope="module")
def served(script: Script) -> Served:
    return serving(script)


@pytest.mark.parametrize("path", FILES.values(), ids=FILES)
def test_a_conversation_goes_as_it_is_told(path: Path, served: Served, tmp_path: Path) -> None:
    """After an intended change: python -m tests.replay --rewrite, and read the difference."""
    told = path.read_text("utf-8").splitlines()
    played = replay("\n".join(told), served, tmp_path).splitlines()
    assert len(played) == len(told), "\n".join(played)
    assert played == told


def test_there_are_conversations_in_both_languages_by_call_and_by_text() -> None:
    told = {name: path.read_text("utf-8") for name, path in FILES.items()}
    assert len(told) >= 40
    for begins, language in (("call", "[en-US]"), ("call", "[es-US]"), ("text", "Sample Clinic:"),
                             ("text", "Clínica de Muestra:")):  # fmt: skip
        assert any(language in text for name, text in told.items() if name.startswith(begins))


def test_every_conversation_has_a_title_of_its_own_and_somebody_who_acts() -> None:
    conversations = [read(path.read_text("utf-8")) for path in FILES.values()]
    assert len({conversation.title for conversation in conversations}) == len(FILES)
    assert all(conversation.acts for conversation in conversations)


def test_a_line_that_is_not_said_any_more_is_noticed(served: Served, tmp_path: Path) -> None:
    told = FILES["text-crisis"].read_text("utf-8")
    shorter = told.replace("< Sample Clinic: You are not alone.", "< Sample Clinic:")
    assert replay(shorter, served, tmp_path) == told != shorter
