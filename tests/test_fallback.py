"""The fallback folder, served by a plain static server and walked as Twilio walks it."""

import errno
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from hashlib import sha256
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests import kept
from tests.conftest import ROOT
from tests.sound import tone
from voice import fallback, thread
from voice.__main__ import main
from voice.dialog import prompt, topic_parts
from voice.exchange import Caption, Response
from voice.phone import (
    Call,
    Dialed,
    Heard,
    HungUp,
    Phone,
    Played,
    Said,
    answer_dial,
    dial,
    new_sid,
    over_http,
    press,
    send_text,
    stay_silent,
)
from voice.script import Script, Utterance, load
from voice.sms import count
from voice.speech.clips import Clip, Manifest, key_of, read_manifest, write_manifest
from voice.speech.mastering import wav
from voice.words import placeholders

TINY = Path(__file__).parent / "data" / "tiny-scripts"
SOUND = wav(tone(200, 8000))


def recorded(script: Script, audio: Path, without: Callable[[Utterance], bool]) -> Manifest:
    """A clip, each the same tone, for everything a call says but what is to be missing."""
    audio.mkdir(parents=True, exist_ok=True)
    clips = {}
    for n, one in enumerate(kept.said(script)):
        if without(one):
            continue
        clip = Clip(
            f"{n:016x}", key_of(one).words, one.locale, one.pace, one.lead, "a tone", "tones",
            0.2, -26.0, 100.0, sha256(SOUND).hexdigest(),
        )  # fmt: skip
        (audio / clip.name).write_bytes(SOUND)
        clips[clip.key] = clip
    manifest = Manifest(clips)
    write_manifest(audio, manifest)
    return manifest


class Plain(SimpleHTTPRequestHandler):
    """Python's static server, quiet: no POST, no program, a type by the file's name."""

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def served(folder: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Plain, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def caller(base: str, manifest: Manifest, asked: list[str]) -> Phone:
    """A telephone whose line is down: what Twilio asks there, it asks of the fallback by GET."""
    carry = over_http()
    captions = {clip.name: Caption(clip.words, clip.locale) for clip in manifest.clips.values()}

    def fetch(method: str, url: str, body: bytes, headers: Mapping[str, str]) -> Response:
        if url == f"{base}/voice":
            return Response(302, "text/plain", b"", location=f"{base}/{fallback.ENTRY}")
        if url == f"{base}/sms":
            method, body = "GET", b""
            url = f"{base}/{fallback.TEXTS}?Body=RISKS"
        asked.append(f"{method} {url.removeprefix(base)}")
        return carry(method, url, body, headers)

    def caption(url: str) -> Caption | None:
        return captions.get(url.rsplit("/", 1)[-1])

    return Phone(fetch, base, "no token", caption=caption, fetches_audio=True, status_path="")


class Walk:
    """One call of the fallback, and everything heard in it."""

    def __init__(self, phone: Phone) -> None:
        self.phone = phone
        self.heard: list[Heard] = []
        self.call: Call = Call("")
        self.go(*dial(phone, new_sid("CA")))

    def go(self, call: Call, heard: tuple[Heard, ...]) -> "Walk":
        self.call = call
        self.heard += heard
        return self

    def key(self, key: str) -> "Walk":
        return self.go(*press(self.phone, self.call, key))

    def wait(self) -> "Walk":
        return self.go(*stay_silent(self.phone, self.call))

    @property
    def document(self) -> str:
        return self.call.url.rsplit("/", 1)[-1].partition("?")[0]

    @property
    def words(self) -> list[tuple[str, str]]:
        """What was heard, each with its locale; only clips are expected."""
        assert {type(one) for one in self.heard} <= {Played, Dialed, HungUp}
        return [(one.locale, one.words) for one in self.heard if isinstance(one, Played)]


@pytest.fixture(scope="module", params=["the shipped script", "another script"])
def told(request, script) -> Script:
    return script if request.param == "the shipped script" else load(TINY)


@pytest.fixture
def written(told, tmp_path) -> tuple[Script, Manifest, Path]:
    manifest = recorded(told, tmp_path / "audio", lambda _: False)
    assert fallback.write(told, manifest, tmp_path / "audio", tmp_path / "out") == ()
    return told, manifest, tmp_path / "out"


def test_who_presses_nothing_hears_everything_in_every_language_and_the_call_ends(written):
    script, manifest, folder = written
    asked: list[str] = []
    with served(folder) as base:
        walk = Walk(caller(base, manifest, asked))
        for _ in range(500):
            if walk.call.stage == "over":
                break
            walk.wait()
    assert walk.call.stage == "over"
    assert isinstance(walk.heard[-1], HungUp)
    heard = [(locale, words) for locale, words in walk.words]
    said = [words for _, words in heard]
    # The emergency number in each language, before anything else.
    assert [locale for locale, _ in heard[: len(script.locales)]] == list(script.locales)
    # Then that the line failed, and the clinic's number, in each language.
    for n, locale in enumerate(script.locales, len(script.locales)):
        assert heard[n][0] == locale
        assert spoken_number(script, locale) in heard[n][1]
    # Then which language is asked in each.
    for key, locale in enumerate(script.locales, 1):
        assert prompt(script, locale, "language", str(key)) in said
    # Then every topic of each language: warning signs first.
    titles = [
        f"{script.topics[t].wording[o].title}." for o in script.locales for t in in_order(script)
    ]
    assert [words for words in said if words in titles] == titles
    for locale in script.locales:
        for topic in script.topics:
            for part in topic_parts(script, topic, locale):
                assert part in said
    # Last the number again. Nothing was asked but by GET.
    assert all(spoken_number(script, locale) in said[-1 - n] for n, locale in last(script))
    assert {one.split()[0] for one in asked} == {"GET"}


def last(script: Script):
    return enumerate(reversed(script.locales))


def spoken_number(script: Script, locale: str) -> str:
    return placeholders(script, locale, "call")["phone"]


def in_order(script: Script) -> list[str]:
    signs = [topic for topic in script.topics if topic == "when-to-get-help"]
    return signs + [topic for topic in script.topics if topic not in signs]


def test_each_language_is_reached_by_its_own_key(written):
    script, manifest, folder = written
    with served(folder) as base:
        for n, locale in enumerate(script.locales, 1):
            walk = Walk(caller(base, manifest, [])).key("5")  # skips what is said first
            assert walk.document == "language.xml"
            for _ in range(min(n, len(script.locales) - 1)):
                walk.key(str(n))
            assert walk.document == f"{locale}-{in_order(script)[0]}.xml"


def test_the_skip_key_goes_on_to_the_next_topic(written):
    script, manifest, folder = written
    skip = script.keys["skip"]
    with served(folder) as base:
        walk = Walk(caller(base, manifest, [])).key("5").key("1")
        for topic in in_order(script):
            assert walk.document == f"{script.locales[0]}-{topic}.xml"
            walk.key(skip)


def test_another_key_in_a_topic_leads_to_a_person_or_back_to_the_languages(written):
    script, manifest, folder = written
    first = script.locales[0]
    with served(folder) as base:
        walk = Walk(caller(base, manifest, [])).key("5").key("1").key("0")
        assert walk.document == f"{first}-help.xml"
        silent = Walk(caller(base, manifest, [])).key("5").key("1").key(script.keys["back"]).wait()
        assert silent.document == "language.xml"
        walk.key("0")
        assert walk.heard[-1] == Dialed(script.line.person.dialled)
        for status in ("completed", "no-answer"):
            call, after = answer_dial(walk.phone, walk.call, status)
            assert spoken_number(script, first) in after[0].words
            assert (call.stage, after[-1]) == ("over", HungUp("line"))


def test_the_person_offered_with_the_apology_is_one_key_away(script, tmp_path):
    manifest = recorded(script, tmp_path / "audio", lambda _: False)
    fallback.write(script, manifest, tmp_path / "audio", tmp_path / "out")
    with served(tmp_path / "out") as base:
        walk = Walk(caller(base, manifest, [])).wait()
        assert walk.words[-1][1].count(spoken_number(script, "en-US")) == 2
        assert walk.words[-1][1].startswith("I am sorry. Something went wrong")
        assert walk.key("0").heard[-1] == Dialed(script.line.person.dialled)


def test_a_text_is_answered_in_every_language_with_the_numbers_to_call(script, tmp_path):
    manifest = recorded(script, tmp_path / "audio", lambda _: False)
    fallback.write(script, manifest, tmp_path / "audio", tmp_path / "out")
    with served(tmp_path / "out") as base:
        texts = [
            text.body for text in send_text(caller(base, manifest, []), "RISKS", new_sid("SM"))
        ]
    assert texts == [thread.apology(script, locale) for locale in script.locales]
    for text in texts:
        assert script.line.phone.written in text
        assert script.line.emergency in text
        assert count(text).segments <= 3


def test_what_has_no_clip_is_read_out_and_reported(script, tmp_path):
    missing = next(one for one in kept.said(script) if "trouble breathing" in one.words)
    manifest = recorded(script, tmp_path / "audio", lambda one: one == missing)
    unspoken = fallback.write(script, manifest, tmp_path / "audio", tmp_path / "out")
    assert unspoken == (missing,)
    with served(tmp_path / "out") as base:
        walk = Walk(caller(base, manifest, [])).key("5").key("1")
    read = [one for one in walk.heard if isinstance(one, Said)]
    assert [(one.words, one.locale) for one in read] == [
        (" ".join(missing.words.split()), missing.locale)
    ]


def test_no_document_is_larger_than_twilio_reads_and_no_link_leads_out_of_the_folder(written):
    script, _, folder = written
    names = {path.name for path in folder.glob("*.xml")}
    assert len(names) == len(script.locales) * (len(script.topics) + 2) + 4
    for path in folder.glob("*.xml"):
        document = path.read_bytes()
        assert len(document) < 64 * 1024
        assert b"://" not in document
        assert b"POST" not in document


def all_but_some(audio: Path) -> None:
    """What is in audio/, but the first few clips."""
    audio.mkdir()
    for path in sorted((ROOT / "audio").glob("*.*"))[5:]:
        (audio / path.name).symlink_to(path)


def test_the_command_makes_what_is_missing_and_says_how_to_use_the_folder(script, tmp_path):
    given = {"INSTANCE": str(tmp_path / "instance"), "AUDIO": str(tmp_path / "audio")}
    kept.lend(tmp_path / "instance", script)
    all_but_some(tmp_path / "audio")
    out = tmp_path / "out"
    done = CliRunner().invoke(main, ["fallback", str(out)], env=given)
    assert done.exit_code == 0, done.output
    assert "Release 1" in done.output
    assert f"{fallback.ENTRY}, HTTP GET" in done.output
    manifest = read_manifest(tmp_path / "audio")
    played = {
        name
        for path in out.glob("*.xml")
        for name in re.findall(r"audio/(\w+\.wav)", path.read_text("utf-8"))
    }
    assert played <= manifest.names <= {path.name for path in (tmp_path / "audio").iterdir()}
    assert {path.name for path in (out / "audio").iterdir()} == played
    for name in played:
        assert (out / "audio" / name).read_bytes() == (tmp_path / "audio" / name).read_bytes()
    assert all(b"<Say" not in path.read_bytes() for path in out.glob("*.xml"))
    for path in out.glob("*.xml"):
        path.unlink()  # as if it had been ended while it wrote the clips
    again = CliRunner().invoke(main, ["fallback", str(out)], env=given)
    assert again.exit_code == 0, again.output


@pytest.mark.parametrize("documents", [0, 1, 2])
def test_a_folder_that_was_left_half_written_can_be_finished(
    script, tmp_path, monkeypatch, documents
):
    """The disk is full after so many documents."""
    left = iter(range(documents))

    def full(path: Path, content: bytes) -> None:
        if path.suffix == ".xml" and next(left, None) is None:
            raise OSError(errno.ENOSPC, "No space left on device")
        path.write_bytes(content)

    manifest = recorded(script, tmp_path / "audio", lambda _: False)
    with monkeypatch.context() as small:
        small.setattr(fallback, "write_whole", full)
        with pytest.raises(OSError, match="No space left"):
            fallback.write(script, manifest, tmp_path / "audio", tmp_path / "out")
    assert len([*(tmp_path / "out").glob("*.xml")]) == documents
    given = {"INSTANCE": str(tmp_path / "instance"), "AUDIO": str(ROOT / "audio")}
    kept.lend(tmp_path / "instance", script)
    again = CliRunner().invoke(main, ["fallback", str(tmp_path / "out")], env=given)
    assert again.exit_code == 0, again.output


def test_a_folder_of_somebody_elses_is_left_alone(tmp_path):
    given = {"INSTANCE": str(tmp_path / "instance"), "AUDIO": str(tmp_path / "audio")}
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "sms.xml").write_text("theirs")
    done = CliRunner().invoke(main, ["fallback", str(theirs)], env=given)
    assert done.exit_code == 1
    assert f"{theirs} holds other files" in done.output
    assert [path.name for path in theirs.rglob("*")] == ["sms.xml"]
    assert not (tmp_path / "audio").exists()


def test_a_folder_that_is_served_is_written_again_without_half_a_clip(script, tmp_path):
    manifest = recorded(script, tmp_path / "audio", lambda _: False)
    out = tmp_path / "out"
    fallback.write(script, manifest, tmp_path / "audio", out)
    first, *others = sorted((out / "audio").iterdir())
    first.write_bytes(SOUND[:100])
    before = [path.stat().st_ino for path in others]
    with first.open("rb") as playing:
        fallback.write(script, manifest, tmp_path / "audio", out)
        assert playing.read() == SOUND[:100]
    assert first.read_bytes() == SOUND
    assert [path.stat().st_ino for path in others] == before
