"""Clips: named by what they say, recorded, made once, never half there."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from hashlib import sha256
from pathlib import Path

import pytest
import soundfile

from tests.sound import babble, tones
from voice.script import LexiconEntry, Utterance
from voice.speech import recordings
from voice.speech.clips import (
    MANIFEST,
    Manifest,
    ManifestError,
    TopicKey,
    missing,
    orphans,
    prune,
    read_manifest,
    topic_key,
    write_whole,
)
from voice.speech.engine import Engine, SpeechError, SpeechSettings, opened
from voice.speech.render import make, workers

HELLO = Utterance("Hello there. Press 3.", "en-US", "normal", 150)
HOLA = Utterance("Hola. Oprima 3.", "es-US", "slow", 400)
POINTS = Utterance("The main point.\nThe next point.", "en-US", "normal", 150)
TOPIC = TopicKey("risks", "en-US", "normal", (POINTS.words, "The end."))
EVERYTHING = (HELLO, HOLA, POINTS)
WORD = LexiconEntry("point", "en", "[[p'OInt]]", "", "poynt")


def quiet(done: int, of: int) -> None:
    """A progress that shows nothing."""


def made(
    folder: Path, engine: Engine | None = None, lexicon: tuple[LexiconEntry, ...] = ()
) -> Manifest:
    return make(EVERYTHING, (TOPIC,), lexicon, folder, engine or tones(), quiet)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("[!.]*.*")}


@pytest.fixture(scope="module")
def espeak() -> Iterator[Engine]:
    with opened(SpeechSettings(), 2) as engine:
        yield engine


def test_everything_is_made_and_found_again(tmp_path: Path) -> None:
    assert made(tmp_path) == read_manifest(tmp_path)
    manifest = read_manifest(tmp_path)
    assert missing(manifest, EVERYTHING) == ()
    clip = manifest.clip(HOLA)
    assert clip is not None
    assert (clip.words, clip.locale, clip.pace, clip.lead) == tuple(vars(HOLA).values())
    assert (clip.speaker, clip.engine) == ("tone es-US", "tones")
    assert clip.name == f"{clip.digest}.wav"
    assert clip.sha256 == sha256((tmp_path / clip.name).read_bytes()).hexdigest()
    mp3 = manifest.topic(*TOPIC)
    assert mp3 is not None
    assert len(mp3.name) == 20
    assert mp3.bytes == (tmp_path / mp3.name).stat().st_size
    assert manifest.names == {path.name for path in tmp_path.glob("*.[wm][ap][v3]")}


def test_a_manifest_row_tells_what_was_measured(tmp_path: Path) -> None:
    made(tmp_path)
    rows = json.loads((tmp_path / MANIFEST).read_text("utf-8"))
    (row,) = (row for row in rows["clips"] if row["words"] == HOLA.words)
    assert set(row) == set(
        "digest words locale pace lead speaker engine seconds level wpm sha256".split()
    )
    assert row["seconds"] == pytest.approx(0.4 + 0.35 + 0.75 + 3 * 0.29 + 0.06, abs=0.15)
    assert row["level"] == pytest.approx(-21, abs=0.3)
    assert row["wpm"] == pytest.approx(60 * 3 / (row["seconds"] - 0.75), rel=0.02)


@pytest.mark.parametrize("name", ["locale", "speaker", "engine"])
def test_what_rows_have_in_common_is_held_once(tmp_path: Path, name: str) -> None:
    made(tmp_path)
    values = [getattr(row, name) for row in read_manifest(tmp_path).clips.values()]
    assert len({id(one) for one in values}) == len(set(values)) < len(values)


def test_a_second_run_makes_nothing(tmp_path: Path) -> None:
    made(tmp_path)
    before = contents(tmp_path)
    asked: list[str] = []
    made(tmp_path, tones(asked=asked.append))
    assert asked == []
    assert contents(tmp_path) == before


def test_two_folders_get_the_same_bytes(tmp_path: Path, espeak: Engine) -> None:
    made(tmp_path / "one", espeak)
    made(tmp_path / "two", espeak)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


@pytest.mark.parametrize(
    ("engine", "lexicon"),
    [
        (tones(fingerprint="tones 2"), ()),
        (replace(tones(), speaker=lambda locale: f"other {locale}"), ()),
        (tones(), (WORD,)),
    ],
    ids=["engine", "speaker", "lexicon"],
)
def test_a_clip_is_made_again_when_it_would_sound_different(
    tmp_path: Path, engine: Engine, lexicon: tuple[LexiconEntry, ...]
) -> None:
    before = made(tmp_path).clip(POINTS)
    after = made(tmp_path, engine, lexicon).clip(POINTS)
    assert before is not None
    assert after is not None
    assert before.digest != after.digest
    assert read_manifest(tmp_path).clip(POINTS) == after


def test_only_clips_with_the_word_are_made_again_when_the_lexicon_changes(tmp_path: Path) -> None:
    before = made(tmp_path)
    after = made(tmp_path, lexicon=(WORD,))
    assert len({row.digest for row in after.rows} - {row.digest for row in before.rows}) == 2
    assert after.clip(HELLO) == before.clip(HELLO)
    assert after.clip(HOLA) == before.clip(HOLA)


@pytest.mark.parametrize(
    "changed",
    [
        replace(HELLO, words="Hello there. Press 4."),
        replace(HELLO, pace="slow"),
        replace(HELLO, lead=400),
        replace(HELLO, locale="es-US"),
    ],
    ids=["words", "pace", "lead", "locale"],
)
def test_what_is_heard_decides_the_name(tmp_path: Path, changed: Utterance) -> None:
    manifest = make((HELLO, changed), (), (), tmp_path, tones(), quiet)
    first, second = manifest.clip(HELLO), manifest.clip(changed)
    assert first is not None
    assert second is not None
    assert first.digest != second.digest


def test_accents_typed_in_two_ways_are_one_clip(tmp_path: Path) -> None:
    two = [Utterance(words, "es-US", "normal", 150) for words in ("me\u0301dico", "m\u00e9dico")]
    manifest = make(two, (), (), tmp_path, tones(), quiet)
    assert len(manifest.clips) == 1
    assert manifest.clip(two[0]) == manifest.clip(two[1])


def test_new_words_have_no_clip_and_old_topics_are_not_found(tmp_path: Path) -> None:
    manifest = made(tmp_path)
    reworded = replace(HELLO, words="Hello you.")
    assert missing(manifest, (HELLO, reworded, reworded)) == (reworded,)
    assert manifest.topic("risks", "en-US", "normal", (POINTS.words, "The new end.")) is None


@pytest.mark.parametrize(
    "harm",
    [
        lambda path: path.unlink(),
        lambda path: path.write_bytes(path.read_bytes()[:-100]),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(path.read_bytes().replace(b"RIFF", b"RIFX")),
    ],
    ids=["gone", "short", "empty", "changed"],
)
def test_a_harmed_file_does_not_count_and_is_made_again(tmp_path: Path, harm) -> None:  # type: ignore[no-untyped-def]
    before = made(tmp_path)
    good = contents(tmp_path)
    clip = before.clip(HELLO)
    assert clip is not None
    harm(tmp_path / clip.name)
    assert read_manifest(tmp_path).clip(HELLO) is None
    assert made(tmp_path) == before
    assert contents(tmp_path) == good


@pytest.mark.parametrize(
    "text",
    [
        "{",
        '{"clips": []}',
        '{"clips": [{"x": 1}], "topics": []}',
        '{"clips": [7], "topics": []}',
        "7",
    ],
)
def test_a_damaged_manifest_is_an_error_that_making_mends(tmp_path: Path, text: str) -> None:
    before = made(tmp_path)
    (tmp_path / MANIFEST).write_text(text)
    with pytest.raises(ManifestError, match="python -m voice audio"):
        read_manifest(tmp_path)
    assert made(tmp_path) == before


def test_no_manifest_is_an_empty_one(tmp_path: Path) -> None:
    assert read_manifest(tmp_path) == Manifest()
    assert missing(read_manifest(tmp_path), EVERYTHING) == EVERYTHING


def test_a_failure_keeps_what_was_made_and_the_next_run_goes_on(tmp_path: Path) -> None:
    with pytest.raises(SpeechError, match="Take another text"):
        made(tmp_path, replace(tones(fails_at="Hola"), at_once=1))
    half = read_manifest(tmp_path)
    assert half.clip(POINTS) is not None
    assert half.clip(HOLA) is None
    asked: list[str] = []
    made(tmp_path, tones(asked=asked.append))
    assert "Hola." in asked
    assert "The main point." not in asked
    made(tmp_path / "at once")
    assert contents(tmp_path) == contents(tmp_path / "at once")


def test_an_interrupt_keeps_what_was_made(tmp_path: Path) -> None:
    def interrupt(done: int, of: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    many = [Utterance(f"Words number {n}. " * 20, "en-US", "normal", 150) for n in range(30)]
    with pytest.raises(KeyboardInterrupt):
        make(many, (), (), tmp_path, replace(tones(), at_once=1), interrupt)
    saved = read_manifest(tmp_path)
    assert 2 <= len(saved.clips) < 30
    assert orphans(tmp_path, saved) == ()


KILLED = """
import sys
from pathlib import Path
from tests.sound import tones
from voice.script import Utterance
from voice.speech.render import make

def show(done, of):
    print(done, flush=True)
    if done == 12:
        sys.stdin.read()  # until it is killed

many = [Utterance(f"Words number {n}.", "en-US", "normal", 150) for n in range(30)]
make(many, (), (), Path(sys.argv[1]), tones(), show)
"""


def test_a_kill_leaves_nothing_half_written_and_the_next_run_goes_on(tmp_path: Path) -> None:
    command = [sys.executable, "-c", KILLED, str(tmp_path)]
    root = Path(__file__).parent.parent
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=root
    ) as maker:
        assert maker.stdout is not None
        assert any(line == b"12\n" for line in maker.stdout)
        (tmp_path / ".0123456789abcdef.wav.1.part").write_bytes(b"half")
        os.kill(maker.pid, signal.SIGKILL)
    saved = read_manifest(tmp_path)
    assert len(saved.clips) >= 8
    many = [Utterance(f"Words number {n}.", "en-US", "normal", 150) for n in range(30)]
    asked: list[str] = []
    done = make(many, (), (), tmp_path, tones(asked=asked.append), quiet)
    assert len(asked) == 30 - len(saved.clips)
    assert missing(done, many) == ()
    assert list(tmp_path.glob(".*.part")) == []


def test_writing_replaces_a_file_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    write_whole(path, b"old")
    with pytest.raises(TypeError):
        write_whole(path, "not bytes")  # type: ignore[arg-type]
    assert path.read_bytes() == b"old"
    write_whole(path, b"new")
    assert path.read_bytes() == b"new"


def test_many_write_the_same_file_at_once_and_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    contents = [bytes([number]) * 50_000 for number in range(8)]
    with ThreadPoolExecutor(8) as writers:
        for _ in range(20):
            list(writers.map(partial(write_whole, path), contents))
            assert path.read_bytes() in contents
    assert list(tmp_path.iterdir()) == [path]


def test_progress_counts_files_from_nothing_to_all(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    make(EVERYTHING, (TOPIC,), (), tmp_path, tones(), lambda done, of: seen.append((done, of)))
    assert seen == [(0, 4), (1, 4), (2, 4), (3, 4), (4, 4)]


def test_what_is_left_over_is_listed_and_pruned(tmp_path: Path) -> None:
    made(tmp_path)
    (tmp_path / "README.md").write_text("stays")
    manifest = read_manifest(tmp_path)
    assert orphans(tmp_path, manifest) == ()
    gone = prune(tmp_path, (HELLO,), ())
    kept = manifest.clip(HELLO)
    assert kept is not None
    assert len(gone) == 3
    assert set(contents(tmp_path)) == {kept.name, MANIFEST, "README.md"}
    assert read_manifest(tmp_path).rows == (kept,)


def test_old_words_stay_playable_until_pruned(tmp_path: Path) -> None:
    """A call under way plays the release it began with."""
    made(tmp_path)
    reworded = replace(HELLO, words="Hello you.")
    manifest = make((reworded,), (), (), tmp_path, tones(), quiet)
    assert manifest.clip(HELLO) is not None


def test_a_recording_comes_first_until_its_words_change(tmp_path: Path) -> None:
    voices = tmp_path / "recordings"
    (voices / "en-US").mkdir(parents=True)
    name = recordings.name_of(HELLO.words, "en-US", "normal")
    soundfile.write(voices / "en-US" / f"{name}.flac", babble(2, 44100), 44100)
    folder = tmp_path / "audio"
    reworded = replace(HELLO, words="Hello there. Press 4.")
    manifest = make((HELLO, reworded), (), (), folder, tones(), quiet, recordings.in_folder(voices))
    said, again = manifest.clip(HELLO), manifest.clip(reworded)
    assert said is not None
    assert again is not None
    assert (said.speaker, said.engine) == ("recording", "recording")
    assert again.engine == "tones"
    assert said.seconds == pytest.approx(2.5, abs=0.1)
    assert said.level == pytest.approx(-21, abs=0.3)


def test_another_take_is_another_clip(tmp_path: Path) -> None:
    voices = tmp_path / "recordings" / "en-US"
    voices.mkdir(parents=True)
    path = voices / f"{recordings.name_of(HELLO.words, 'en-US', 'normal')}.wav"
    digests = set()
    for seed in (1, 2):
        soundfile.write(path, babble(1, 16000, seed), 16000)
        finder = recordings.in_folder(voices.parent)
        clip = make((HELLO,), (), (), tmp_path, tones(), quiet, finder).clip(HELLO)
        assert clip is not None
        digests.add(clip.digest)
    assert len(digests) == 2


def test_a_topic_is_all_its_parts_with_a_pause_between(tmp_path: Path) -> None:
    made(tmp_path)
    both = read_manifest(tmp_path).topic(*TOPIC)
    alone = make(
        (),
        (topic_key("risks", "en-US", "normal", ["The end."]),),
        (),
        tmp_path / "b",
        tones(),
        quiet,
    )
    (end,) = alone.topics.values()
    assert both is not None
    assert both.seconds > 2 * end.seconds + 1


def test_words_that_come_out_silent_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(SpeechError, match="silent"):
        make((replace(HELLO, words=" "),), (), (), tmp_path, tones(), quiet)


@pytest.mark.parametrize(("told", "number"), [(3, 3), (None, os.cpu_count())])
def test_as_many_at_once_as_told_or_as_there_are_processors(
    told: int | None, number: int | None
) -> None:
    assert workers(told) == number


def test_reading_the_manifest_loads_no_engine_and_no_numpy() -> None:
    program = (
        "import sys; import voice.speech.clips; heavy = {'numpy', 'soundfile', 'soxr', 'gtts'}; "
        "sys.exit(bool(heavy & set(sys.modules)))"
    )
    root = Path(__file__).parent.parent
    assert subprocess.run([sys.executable, "-c", program], cwd=root, check=False).returncode == 0
