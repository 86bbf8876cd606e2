"""Words made live in the console, and scripts/: neither takes the other's back unseen."""

import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.drafting import ANA, AT, DEE, approve, copied, with_people, write
from tests.publisher import TINY, all_utterances, clock_at, no_problems, settings_of, speak
from tests.stored import make_live
from voice import publish
from voice.__main__ import main
from voice.check import Report
from voice.completing import note
from voice.doctor import findings
from voice.instance import Progress, first_release, prune_audio
from voice.origin import own_words
from voice.script import Script, load, parse, read_files
from voice.settings import Settings
from voice.speech.clips import missing, read_manifest
from voice.store import Release, Store, live_number, live_release
from voice.store import publish as publish_files
from voice.store.audit import Wanted, entries
from voice.store.publications import begin

LAVAGE = "topics/lavage.toml"
SAID = Callable[..., tuple[int, str]]


@dataclass(frozen=True)
class Clinic:
    """An instance with scripts of its own, which were made live at its first start."""

    settings: Settings
    store: Store

    @property
    def live(self) -> Release:
        """What callers hear."""
        release = live_release(self.store)
        assert release is not None
        return release

    @property
    def lost(self) -> tuple[str, ...]:
        """The files of live words that scripts/ would take back."""
        return own_words(self.store, self.live, load(self.settings.scripts))

    def edit(self, file: str, old: str, new: str) -> None:
        """Change a file of scripts/."""
        path = self.settings.scripts / file
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), "utf-8")

    def from_scripts(self) -> int:
        """Make scripts/ live."""
        return publish_files(self.store, read_files(self.settings.scripts), "mine", AT)

    def in_console(self, name: str, value: str, subject: str) -> None:
        """Have staff change a French field, approve it and make it live."""
        files = self.live.files
        write(self.store, value, 0, ANA, name, files)
        approve(self.store, "fr-FR", subject, files)
        mine = begin(self.store, (subject,), "a note", DEE, AT)
        tools = publish.Tools(speak, no_problems)
        assert publish.go_live(self.settings, self.store, mine, clock_at(0), tools) is not None

    def told(self) -> list[str]:
        """What the doctor says of the clinic, the clips and the release."""
        about = ("The scripts", "The clinic", "Release", "What scripts/", "Every", "Nothing is")
        found = (f"{one.level}: {one.what} {one.remedy}".strip() for one in findings(self.settings))
        return [one for one in found if "clips" in one or one.split(": ")[1].startswith(about)]


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return with_people(tmp_path_factory.mktemp("store"))


@pytest.fixture
def clinic(empty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clinic]:
    for module in ("publish", "doctor"):  # what has to be spoken is worked out once for a run
        monkeypatch.setattr(f"voice.{module}.all_utterances", all_utterances)
    shutil.copytree(TINY, tmp_path / "scripts")
    settings = replace(settings_of(tmp_path), scripts=tmp_path / "scripts")
    speak(settings, load(TINY), lambda *_: None)
    for store in copied(empty, tmp_path):
        first_release(settings, store, AT)
        yield Clinic(settings, store)


@pytest.fixture
def typed(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> SAID:
    """Types a command at the clinic's machine, where tones speak: exit code and what it says."""
    for module in ("releases", "words", "clinic", "line", "measures"):
        monkeypatch.setattr(f"voice.commands.{module}.read_settings", lambda: clinic.settings)
    make = lambda settings, script, progress, _=None: speak(settings, script, progress)  # noqa: E731
    monkeypatch.setattr("voice.instance.make_audio", make)
    monkeypatch.setattr("voice.check.check_folder", lambda *_: Report((), (), ()))

    def type_in(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(main, words)
        return done.exit_code, done.output

    return type_in


def laver(clinic: Clinic) -> None:
    clinic.in_console(f"{LAVAGE}:fr-FR.title", "Laver", "topics/lavage")


# What would be lost -------------------------------------------------------------------------------


def test_nothing_is_lost_where_all_words_came_from_scripts(clinic: Clinic) -> None:
    assert clinic.lost == ()
    clinic.edit(LAVAGE, "Le lavage", "Le bain")
    assert clinic.lost == ()
    clinic.from_scripts()
    clinic.edit("line.toml", "Cabinet Témoin", "Cabinet du Port")
    assert (clinic.live.number, clinic.lost) == (2, ())


def test_what_staff_made_live_would_be_lost_until_scripts_say_it_too(clinic: Clinic) -> None:
    laver(clinic)
    clinic.edit("line.toml", "Cabinet Témoin", "Cabinet du Port")
    assert clinic.lost == (LAVAGE,)
    (clinic.settings.scripts / LAVAGE).write_text(clinic.live.files[LAVAGE], "utf-8")
    assert clinic.lost == ()
    clinic.from_scripts()
    clinic.edit(LAVAGE, "Laver", "Bien laver")
    assert clinic.lost == ()


def test_words_of_two_releases_from_the_console_would_both_be_lost(clinic: Clinic) -> None:
    laver(clinic)
    clinic.in_console("topics/apres.toml:fr-FR.title", "Plus tard", "topics/apres")
    assert clinic.lost == ("topics/apres.toml", LAVAGE)


def test_an_earlier_release_made_live_again_is_still_from_where_it_came(clinic: Clinic) -> None:
    laver(clinic)
    again = begin(clinic.store, (), "back", DEE, AT, 1)
    assert publish.go_live(
        clinic.settings, clinic.store, again, clock_at(9), publish.Tools(speak, no_problems)
    )
    clinic.edit("line.toml", "Cabinet Témoin", "Cabinet du Port")
    assert (clinic.live.number, clinic.lost) == (1, ())
    make_live(clinic.store, 2, AT)
    assert clinic.lost == (LAVAGE,)


def test_an_upgrade_that_completes_a_release_does_not_make_it_one_from_scripts(
    clinic: Clinic,
) -> None:
    more = {"words.toml": "# more\n" + clinic.live.files["words.toml"]}
    publish_files(clinic.store, {**clinic.live.files, **more}, note(1), AT)
    assert clinic.lost == ()
    laver(clinic)
    more = {"words.toml": "# yet " + clinic.live.files["words.toml"]}
    publish_files(clinic.store, {**clinic.live.files, **more}, note(3), AT)
    assert (clinic.live.number, clinic.lost) == (4, (LAVAGE, "words.toml"))
    (clinic.settings.scripts / "words.toml").write_text(clinic.live.files["words.toml"], "utf-8")
    clinic.in_console("topics/apres.toml:fr-FR.title", "Plus tard", "topics/apres")
    assert (clinic.live.number, clinic.lost) == (5, ("topics/apres.toml", LAVAGE))


# The commands -------------------------------------------------------------------------------------


def test_publish_does_not_take_back_what_staff_made_live(clinic: Clinic, typed: SAID) -> None:
    laver(clinic)
    code, said = typed("publish")
    assert (code, live_number(clinic.store)) == (1, 2)
    assert "nothing was published. Callers hear words of your own in release 2," in said
    assert f"\n  {LAVAGE}\n" in said
    assert "python -m voice export DIR" in said
    code, said = typed("publish", "--over")
    assert (code, live_number(clinic.store)) == (0, 3)
    assert recorded(clinic)[-1] == {"instead of": 2, "note": "published from scripts/"} | OVER
    assert parse(clinic.live.files).topics["lavage"].wording["fr-FR"].title == "Le lavage"


OVER = {"over": "used"}


def recorded(clinic: Clinic) -> list[Mapping[str, object]]:
    """What the record says of everything that was published at the machine, the oldest first."""
    wanted = Wanted(by_machine=True, deed="release-published")
    return [one.detail for one in reversed(entries(clinic.store, wanted, 9))]


def test_what_is_copied_from_an_export_can_be_published_and_then_changed(
    clinic: Clinic, typed: SAID
) -> None:
    laver(clinic)
    out = clinic.settings.instance / "out"
    assert typed("export", str(out))[0] == 0
    shutil.copy(out / LAVAGE, clinic.settings.scripts / LAVAGE)
    clinic.edit("line.toml", "Cabinet Témoin", "Cabinet du Port")
    assert typed("publish")[0] == 0
    clinic.edit(LAVAGE, "Laver", "Bien laver")
    assert typed("publish", "--note", "Wash well")[0] == 0
    assert clinic.live.number == 4
    assert recorded(clinic)[-1] == {"instead of": 3, "note": "Wash well"}
    assert len(recorded(clinic)) == 2


def test_words_that_staff_make_live_meanwhile_are_not_taken_back_either(
    clinic: Clinic, typed: SAID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voice.commands.releases._make_fit", lambda *_: laver(clinic))
    code, said = typed("publish")
    assert (code, live_number(clinic.store)) == (1, 2)
    assert LAVAGE in said


def test_audio_makes_the_clips_of_words_that_only_the_console_has(
    clinic: Clinic, typed: SAID
) -> None:
    laver(clinic)
    shutil.rmtree(clinic.settings.audio)
    assert any(one.startswith("problem: ") and "clips are missing" in one for one in clinic.told())
    clinic.edit(LAVAGE, "Le lavage", "Le bain")
    assert typed("audio", "--prune")[0] == 0
    manifest = read_manifest(clinic.settings.audio)
    assert missing(manifest, all_utterances(parse(clinic.live.files))) == ()
    assert missing(manifest, all_utterances(load(clinic.settings.scripts))) == ()
    assert "good: Every utterance has its clip." in clinic.told()


def test_a_live_release_of_another_version_does_not_keep_clips_from_being_made(
    clinic: Clinic, typed: SAID
) -> None:
    files = dict(clinic.live.files)
    files["line.toml"] = f'of_a_later_version = "x"\n{files["line.toml"]}'
    publish_files(clinic.store, files, "of a later version", AT)
    shutil.rmtree(clinic.settings.audio)
    code, said = typed("audio")
    assert code == 0
    assert "The live release cannot be read; its clips stay as they are." in said
    scripts = load(clinic.settings.scripts)
    assert missing(read_manifest(clinic.settings.audio), all_utterances(scripts)) == ()


def test_clips_of_a_release_that_this_version_completes_are_told_from_those_left_over(
    clinic: Clinic, typed: SAID
) -> None:
    files = dict(clinic.live.files)
    files["prompts.toml"] = re.sub(r"(?m)^offer_closed = .*\n", "", files["prompts.toml"])
    publish_files(clinic.store, files, "of an earlier version", AT)
    assert typed("audio", "--prune")[0] == 0
    scripts = load(clinic.settings.scripts)
    assert missing(read_manifest(clinic.settings.audio), all_utterances(scripts)) == ()


def test_a_mistyped_file_stops_no_command_that_needs_only_what_is_live(
    clinic: Clinic, typed: SAID
) -> None:
    laver(clinic)
    shutil.rmtree(clinic.settings.audio)
    clinic.edit(LAVAGE, 'title = "Le lavage"', 'title = "Le lavage')
    assert typed("inbox") == (
        0,
        "Call-backs waiting: 0\nWords not understood: 0\nNot delivered in 30 days: 0\n",
    )
    code, said = typed("audio")
    assert (code, LAVAGE in said) == (1, True)
    live = all_utterances(parse(clinic.live.files))
    assert missing(read_manifest(clinic.settings.audio), live) == ()
    assert clinic.told() == [
        "problem: The scripts have 1 defects. Run `python -m voice check`.",
        "good: The clinic is Cabinet Témoin.",
        "good: Every utterance has its clip.",
        "good: Release 2 is live.",
    ]


# The doctor ---------------------------------------------------------------------------------------


def test_the_doctor_tells_where_the_live_words_are_kept(clinic: Clinic) -> None:
    laver(clinic)
    told = clinic.told()
    assert [one for one in told if "`python -m voice publish`" in one] == []
    (kept,) = (one for one in told if "Release 2" in one)
    assert kept.startswith("good: Release 2 is live, with words of your own that ")
    assert f"scripts/ does not have: {LAVAGE}. Go on in the console." in kept
    clinic.edit("line.toml", "Cabinet Témoin", "Cabinet du Port")
    assert any(one.startswith("warning: What scripts/ says in line.toml ") for one in clinic.told())


def test_the_doctor_says_to_publish_where_nothing_is_lost_by_it(clinic: Clinic) -> None:
    assert "good: Release 1 is live, and is what scripts/ says." in clinic.told()
    clinic.edit(LAVAGE, "Le lavage", "Le bain")
    told = clinic.told()
    assert any(one.endswith("Run `python -m voice publish` to make them live.") for one in told)
    assert any(one.startswith("warning:") and "but not live, are missing" in one for one in told)


def test_the_clinic_is_the_one_that_callers_hear(clinic: Clinic) -> None:
    clinic.in_console("line.toml:name.fr-FR", "Cabinet du Port", "clinic")
    clinic.edit("line.toml", "+33 1 99 00 12 34", "+1 212 555 0134")
    assert "good: The clinic is Cabinet du Port." in clinic.told()
    assert clinic.lost == ("line.toml",)


def test_the_numbers_of_a_clinic_are_not_taken_back_for_those_of_the_sample(
    clinic: Clinic, typed: SAID
) -> None:
    clinic.edit("line.toml", "+33 1 99 00 12 34", "+1 212 555 0134")
    code, said = typed("publish")
    assert (code, "\n  line.toml\n" in said, clinic.live.number) == (1, True, 1)
    assert [one for one in clinic.told() if "`python -m voice publish`" in one] == []
    clinic.from_scripts()
    (sample,) = (one for one in clinic.told() if "still the sample" in one)
    assert "Enter your own name and numbers in the console" in sample
    assert clinic.lost == ()


def test_a_release_that_cannot_be_read_is_one_finding(clinic: Clinic) -> None:
    publish_files(clinic.store, {**clinic.live.files, LAVAGE: "facts = ["}, "broken", AT)
    told = clinic.told()
    assert "good: The clinic is Cabinet Témoin." in told
    found = [one.what for one in findings(clinic.settings)]
    assert "The live release cannot be read: it has 1 defects." in found


# What happens beside ------------------------------------------------------------------------------


def test_scripts_that_change_while_they_are_made_ready_do_not_go_live(
    clinic: Clinic, typed: SAID, monkeypatch: pytest.MonkeyPatch
) -> None:
    def make(settings: Settings, script: Script, progress: Progress) -> None:
        speak(settings, script, progress)
        clinic.edit(LAVAGE, "Le lavage", "Le bain")

    monkeypatch.setattr("voice.instance.make_audio", make)
    code, said = typed("publish")
    assert code == 1
    assert "nothing was published" in said
    assert "was changed meanwhile. Do this again." in said
    assert clinic.live.number == 1


def test_clips_are_deleted_only_while_nobody_makes_any(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []

    def shut_out(*_: object) -> tuple[()]:
        with (clinic.settings.audio / ".making").open("w") as lock, suppress(BlockingIOError):
            flock(lock, LOCK_EX | LOCK_NB)
            looked.append("somebody could make clips")
        looked.append("")
        return ()

    monkeypatch.setattr("voice.instance.live_script", shut_out)
    monkeypatch.setattr("voice.instance.prune", shut_out)
    assert prune_audio(clinic.settings, load(TINY)) == 0
    assert looked == ["", ""]
