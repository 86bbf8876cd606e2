"""Recording in real Chromium: from the microphone to a clip, by keyboard alone, axe in every state.

The microphone is Chromium's own pretended one; it hears the clip of the words that are to be read.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from tests.browser.conftest import FAST, QUIET, NewPage, begun, served
from tests.browser.doubles import hangs
from tests.browser.install import find
from tests.browser.test_console import tab_to
from tests.browser.test_pages import violations, walk, wider
from tests.conftest import ROOT
from tests.house import OPEN, House
from tests.publisher import TINY
from tests.sound import silence, tones
from voice.checklist import Sentence, sentences
from voice.draft.review import Person
from voice.instance import recorded
from voice.script import Utterance
from voice.speech.clips import read_manifest
from voice.speech.reading import name_of
from voice.speech.render import make
from voice.store import Store, open_store
from voice.store.recordings import Recording, Sound, drop_recording, keep_recording, recordings
from voice.store.staff import Newcomer, add_person, find_person, set_profile

LOCALE = "fr-FR"
LIST = f"/console/recordings/{LOCALE}"
EMAIL = "rea@clinic.org"
FAKE = "--use-fake-device-for-media-stream --use-fake-ui-for-media-stream".split()
COUNTDOWN = 3_000
ANA = Person(1, "Ana")

SignedIn = Callable[..., Page]


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The small line: its checklist is made in a moment."""
    folder = tmp_path_factory.mktemp("read-aloud")
    with served(folder, SCRIPTS=str(TINY), AUDIO=str(folder / "audio")) as opened:
        yield opened


@pytest.fixture(scope="module")
def read_aloud(line: House) -> Sentence:
    """The words that are to be read: the second in the list, which are short."""
    script = line.live.script
    assert script is not None
    return sentences(script, LOCALE)[1]


@pytest.fixture(scope="module")
def voice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the microphone hears: a moment of silence, words that last as long, and silence."""
    clips = read_manifest(ROOT / "audio").clips.values()
    clip = next(one for one in clips if one.words == "For English, press 1.")
    spoken, rate = soundfile.read(ROOT / "audio" / clip.name, dtype="float32")
    file = tmp_path_factory.mktemp("voice") / "voice.wav"
    soundfile.write(file, np.concatenate([silence(1500, rate), spoken, silence(9000, rate)]), rate)
    return file


@pytest.fixture(scope="module")
def studio(chromium: Browser, voice: Path) -> Iterator[Browser]:
    """A browser with a microphone."""
    hears = f"--use-file-for-fake-audio-capture={voice}%noloop"
    browser = chromium.browser_type.launch(executable_path=find(), args=[*QUIET, *FAKE, hears])
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def store(line: House) -> Iterator[Store]:
    """The store of the line, with somebody in it who reads."""
    opened = open_store(line.settings.database_url)
    add_person(opened, Newcomer(EMAIL, "Rea Dorr", ("writer", "manager"), "en"), None, OPEN)
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def nothing_recorded(store: Store) -> Iterator[None]:
    yield
    for one in recordings(store):
        drop_recording(store, one.name, rea(store), OPEN)


def rea(store: Store) -> Person:
    found = find_person(store, EMAIL)[0]
    return Person(found.id, found.name)


@pytest.fixture
def signed_in(new_page: NewPage, store: Store) -> SignedIn:
    def opened(path: str, language: str = "en", **options: object) -> Page:
        set_profile(store, rea(store).id, "Rea Dorr", language, None, OPEN)
        return new_page(path, session=begun(store, rea(store).id), **options)

    return opened


@pytest.fixture
def at_microphone(studio: Browser, line: House, store: Store) -> Iterator[SignedIn]:
    """Open a page where there is a microphone; nothing may go wrong in it."""
    wrong: list[str] = []
    contexts = []

    def opened(path: str, language: str = "en") -> Page:
        set_profile(store, rea(store).id, "Rea Dorr", language, None, OPEN)
        context = studio.new_context(base_url=line.settings.public_url)
        contexts.append(context)
        page = context.new_page()
        page.add_init_script(FAST)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: wrong.extend(complaint(said)))
        session = {"name": "staff", "value": begun(store, rea(store).id)}
        context.add_cookies([session | {"url": line.settings.public_url}])
        page.goto(path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert wrong == []


def at_least(seconds: int) -> re.Pattern[str]:
    """What the page shows once it has recorded for so long."""
    return re.compile(rf"^([{seconds}-9]|\d\d) s$")


def complaint(said: ConsoleMessage) -> list[str]:
    """What a browser calls an error, but for pages that are refused as they are to be."""
    refused = said.text.startswith("Failed to load resource")
    return [said.text] if said.type == "error" and not refused else []


def address(sentence: Sentence) -> str:
    return f"{LIST}/{name_of(sentence.words, LOCALE, 'normal')}"


def kept(store: Store, sentence: Sentence, words: str = "") -> Recording:
    sound = Sound(b"fLaC", b"RIFF")
    peaks = tuple(round(50 + 45 * np.sin(one / 5)) for one in range(240))
    one = Recording(
        words or sentence.words, LOCALE, "normal", sentence.place, sound.digest, 2.5, -25.0, peaks,
        rea(store), OPEN,
    )  # fmt: skip
    keep_recording(store, one, sound)
    return one


ENDLESS = """() => {
  const start = AudioBufferSourceNode.prototype.start;
  AudioBufferSourceNode.prototype.start = function () { this.loop = true; start.call(this); };
}"""
"""What is listened to goes on until somebody ends it."""


def take(page: Page, seconds: int) -> None:
    """Record for so long."""
    page.clock.install()
    page.locator("#record").click()
    expect(page.locator("#record")).to_have_text("Cancel")
    page.clock.run_for(COUNTDOWN)
    expect(page.locator("#count")).to_have_text(at_least(seconds))
    page.locator("#record").click()


# From the microphone to a clip -------------------------------------------------------------------


def test_by_keyboard_alone_words_are_read_kept_and_become_a_clip(
    at_microphone, line: House, store: Store, read_aloud: Sentence, tmp_path: Path
):
    kept(store, sentences(line.live.script, LOCALE)[0])
    page = at_microphone(LIST)
    tab_to(page, "a.button")
    page.keyboard.press("Enter")
    record = page.locator("#record")
    expect(record).to_be_focused()
    expect(record).to_have_accessible_description(re.compile(re.escape(read_aloud.words)))
    page.clock.install()
    page.keyboard.press("Enter")
    expect(page.locator("#told")).to_have_text("Recording begins in three seconds.")
    expect(record).to_have_text("Cancel")
    page.clock.run_for(COUNTDOWN)
    expect(record).to_have_text("Stop")
    expect(page.locator("#loud")).to_have_text("Good")
    expect(page.locator("#count")).to_have_text(at_least(4))
    page.keyboard.press("Enter")
    expect(page.locator("#told")).to_contain_text("Recorded.")
    expect(page.locator("#keep")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#status")).to_contain_text("The recording is kept.")
    expect(page.locator("#following")).to_be_focused()
    one = {each.words: each for each in recordings(store)}[read_aloud.words]
    assert (one.by.name, one.place) == ("Rea Dorr", read_aloud.place)
    said = Utterance(read_aloud.words, LOCALE, "normal", read_aloud.lead)
    with recorded(line.settings, rehearsing=True) as reading:
        made = make((said,), (), (), tmp_path, tones(), lambda *_: None, reading).clip(said)
    assert made is not None
    assert (made.engine, made.reading, made.speaker) == ("recording", one.digest, "Rea Dorr")
    assert made.level == pytest.approx(-21, abs=0.3)
    assert made.seconds == pytest.approx(one.seconds, abs=0.1)
    page.keyboard.press("Enter")
    expect(record).to_be_focused()
    expect(page.locator("#words")).not_to_have_text(read_aloud.words)


def test_a_take_can_be_cancelled_listened_to_and_made_again(
    at_microphone, store: Store, read_aloud: Sentence
):
    page = at_microphone(address(read_aloud), "es")
    page.evaluate(ENDLESS)
    page.clock.install()
    record, told = page.locator("#record"), page.locator("#told")
    record.click()
    expect(record).to_have_text("Cancelar")
    record.click()
    expect(told).to_have_text("No se grabó nada.")
    expect(page.locator("#taken")).to_be_hidden()
    record.click()
    expect(record).to_have_text("Cancelar")
    page.clock.run_for(COUNTDOWN)
    expect(page.locator("#count")).to_have_text(at_least(1))  # long enough to be stopped
    record.click()
    expect(record).to_have_text("Grabar otra vez")
    listen = page.locator("#listen")
    listen.click()
    expect(listen).to_have_text("Dejar de escuchar")
    listen.click()
    expect(listen).to_have_text("Escucharla")
    assert violations(page) == []
    # Whoever leaves without keeping it is asked.
    page.on("dialog", lambda asked: asked.dismiss())
    with page.expect_event("dialog") as asked:
        page.get_by_role("link", name="Todas las frases").click()
    assert asked.value.type == "beforeunload"
    expect(page.locator("#keep")).to_be_visible()
    # It was cut short: it is refused, and the page begins with why.
    page.locator("#keep").click()
    expect(page.locator("#errors")).to_be_focused()
    expect(page.locator("#errors h2")).to_have_text("Esta grabación no sirve")
    assert violations(page) == []
    assert recordings(store) == ()


def test_who_was_signed_out_meanwhile_keeps_the_take(
    at_microphone, store: Store, read_aloud: Sentence
):
    page = at_microphone(address(read_aloud))
    take(page, 4)
    page.route("**/console/session", lambda route: route.fulfill(status=401, json={}))
    with page.expect_event("console"):  # a browser notes a 401 as an error
        page.locator("#keep").click()
    expect(page.locator("#told")).to_contain_text("You were signed out.")
    expect(page.get_by_role("link", name="Sign in on another page")).to_be_visible()
    page.unroute("**/console/session")
    page.locator("#keep").click()
    expect(page.locator("#status")).to_contain_text("The recording is kept.")
    assert len(recordings(store)) == 1


def test_who_is_not_answered_by_a_line_that_hangs_keeps_the_take(
    at_microphone, read_aloud: Sentence
):
    page = at_microphone(address(read_aloud))
    take(page, 1)
    hangs(page, "**/console/session", page.locator("#keep").click)
    expect(page.locator("#told")).to_have_text(
        "The line cannot be reached. Your recording is still here. Please try again in a minute."
    )
    page.locator("#keep").click()
    expect(page.locator("#errors")).to_be_focused()  # it came, and is too short


# Without a microphone, without script ------------------------------------------------------------


def test_a_file_is_sent_without_script(
    signed_in, line: House, store: Store, read_aloud: Sentence, voice: Path
):
    page = signed_in(address(read_aloud), java_script_enabled=False)
    expect(page.locator("#recorder")).to_be_hidden()
    page.get_by_role("button", name="Send the file").click()
    expect(page.locator("#errors")).to_contain_text("No file came.")
    spoken, rate = soundfile.read(voice, dtype="float32")
    short = voice.with_name("short.flac")
    soundfile.write(short, spoken[: rate * 4], rate)
    page.get_by_label("A file with exactly these words").set_input_files(short)
    page.get_by_role("button", name="Send the file").click()
    expect(page.locator("#status")).to_contain_text("The recording is kept.")
    assert len(recordings(store)) == 1
    page.get_by_role("link", name="Delete this recording").click()
    page.get_by_role("button", name="Delete it for good").click()
    expect(page.locator("#status")).to_contain_text("The recording is deleted.")
    assert recordings(store) == ()


# Axe ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("language", "width"), [("en", 1280), ("es", 320)])
def test_axe_finds_nothing_in_any_state_and_nothing_is_wider(
    signed_in, line: House, store: Store, read_aloud: Sentence, language: str, width: int
):
    other = sentences(line.live.script, LOCALE)[2]
    kept(store, read_aloud)
    kept(store, other, "Words of another time.\nIn two lines.")
    page = signed_in("/console/recordings", language, width=width)
    for path in ("/console/recordings", LIST, address(read_aloud), address(other)):
        page.goto(path)
        assert page.locator("html").get_attribute("lang") == language
        for one in page.locator("main details").all():
            one.locator("summary").click()
        assert violations(page) == [], path
        assert wider(page) == [], path
        small = "all => all.filter(one => one.getBoundingClientRect().height < 24).length"
        assert page.locator(".sentences a").evaluate_all(small) == 0, path


def test_tab_goes_through_the_page_and_without_a_microphone_it_says_what_to_do(
    signed_in, store: Store, read_aloud: Sentence
):
    kept(store, read_aloud)
    page = signed_in(address(read_aloud))
    steps = walk(page)
    assert {"record", "following", "sound"} <= {step["name"] for step in steps}
    assert [step for step in steps if not (step["ringed"] and step["seen"])] == []
    page.locator("#record").click()
    expect(page.locator("#told")).to_contain_text("Or send a file below.")
    expect(page.locator("#record")).to_have_text("Record again")
