"""What is worked out for a release is kept for the next start, and only ever read back whole."""

import io
import pickle
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import ROOT
from voice import built as module
from voice.built import built, keep, read_kept
from voice.dialog import State, states
from voice.release import ready, utterances
from voice.script import Script, load
from voice.switches import Off
from voice.understand import understand

TINY = ROOT / "tests" / "data" / "tiny-scripts"


@pytest.fixture(scope="module")
def tiny() -> Script:
    return load(TINY)


def kept(folder: Path) -> Path:
    (path,) = folder.glob("*.built")
    return path


def test_what_is_read_back_is_what_was_worked_out(tiny: Script, tmp_path: Path) -> None:
    first = built(tiny.files, folder=tmp_path / "built")
    again = built(tiny.files, folder=tmp_path / "built")
    assert again is not first
    assert (again.script, again.states, again.says) == (first.script, first.states, first.says)
    assert first.states == states(tiny)
    assert set(first.says) == set(utterances(tiny))
    locale = tiny.locales[0]
    asked = next(iter(tiny.topics.values())).wording[locale].sample_questions[0]
    said = understand(again.vocabulary, locale, asked)
    assert said == understand(first.vocabulary, locale, asked)
    assert said.wants == "topic"
    here, there = (ready(one, 1, "https://line.example", lambda _: None) for one in (first, again))
    assert dict(here.replies) == dict(there.replies)


def test_what_is_read_back_takes_little_room(tiny: Script, tmp_path: Path) -> None:
    """Equal words are held once; texts of files are packed until somebody asks for one."""
    made = built(tiny.files)
    twice = tuple(State("".join(("ma", "in")), "en-US", "normal") for _ in range(2))
    assert twice[0].place is not twice[1].place
    keep(tmp_path / "one.built", replace(made, states=twice))
    again = read_kept(tmp_path / "one.built")
    assert again
    assert again.states == twice
    assert again.states[0].place is again.states[1].place
    assert not hasattr(again.states[0], "__dict__")
    assert "line.toml" not in str(vars(again.script.files))
    assert again.script.files == tiny.files


def test_it_is_not_worked_out_again(
    tiny: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built(tiny.files, folder=tmp_path)
    monkeypatch.setattr(module, "build", lambda _: pytest.fail("worked out again"))
    assert built(tiny.files, folder=tmp_path).script == tiny


def test_other_words_and_other_switches_are_kept_apart(tiny: Script, tmp_path: Path) -> None:
    topic = next(iter(tiny.topics))
    on = built(tiny.files, folder=tmp_path)
    off = built(tiny.files, Off(frozenset({topic})), tmp_path)
    line = built(tiny.files, Off(line=True), tmp_path)
    name = next(name for name in tiny.files if name.startswith("topics/"))
    other = built({**tiny.files, name: f"{tiny.files[name]}\n# more"}, folder=tmp_path)
    assert len({id(one) for one in (on, off, line, other)}) == len(list(tmp_path.iterdir())) == 4
    assert on.script == tiny
    assert off.script != on.script
    assert other.script.files != on.script.files
    assert len(line.states) < len(on.states)


def test_what_is_cut_changed_or_of_another_kind_is_worked_out_anew(
    tiny: Script, tmp_path: Path
) -> None:
    made = built(tiny.files, folder=tmp_path)
    path = kept(tmp_path)
    whole = path.read_bytes()
    changed = bytearray(whole)
    changed[len(whole) // 2] ^= 1
    one, none = pickle.dumps(1), pickle.dumps(())
    file = io.BytesIO(whole[32:])
    assert "main" in pickle.load(file)  # noqa: S301 - the line wrote it
    wordless = none + file.read()
    others = (one, none, one + one, none + one, wordless)
    broken = (b"", whole[:-1], whole[:40], bytes(changed), b"x" * 32 + one)
    for content in (*broken, *map(signed, others)):
        path.write_bytes(content)
        assert built(tiny.files, folder=tmp_path).states == made.states
        assert path.read_bytes() == whole


def signed(content: bytes) -> bytes:
    """Content as a file has it, after its digest."""
    return module.hashlib.sha256(content).digest() + content


class Evil:
    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (Path("touched"),)


def test_nothing_in_a_file_is_ever_done(
    tiny: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    made = built(tiny.files, folder=tmp_path)
    for words in (b"", pickle.dumps(())):
        kept(tmp_path).write_bytes(signed(words + pickle.dumps(Evil())))
        assert built(tiny.files, folder=tmp_path).states == made.states
    assert not (tmp_path / "touched").exists()


def test_a_folder_nobody_may_write_to_does_no_harm(tiny: Script, tmp_path: Path) -> None:
    (tmp_path / "built").write_text("no folder")
    assert built(tiny.files, folder=tmp_path / "built").script == tiny


def test_old_ones_go(tiny: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_KEPT", 5)
    for n in range(8):
        (tmp_path / f"{n}.built").write_bytes(b"")
    built(tiny.files, folder=tmp_path)
    assert len(list(tmp_path.glob("*.built"))) == 5
