"""Going live: all at once, never half, resumed where a process was killed."""

import shutil
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.drafting import (
    ALL,
    ANA,
    AT,
    BO,
    DEE,
    approve,
    copied,
    place,
    with_people,
    write,
)
from tests.publisher import (
    TINY,
    all_utterances,
    clock_at,
    die_at,
    no_problems,
    settings_of,
    speak,
)
from tests.stored import make_live
from voice import built, instance, passing, publish
from voice.__main__ import main
from voice.assembly import Keeper
from voice.check.problem import Problem
from voice.draft.review import Policy
from voice.draft.work import standings
from voice.live import Live
from voice.publish import Tools, carry_out, go_live
from voice.script import parse, read_files, wording_digest
from voice.settings import Settings
from voice.speech.clips import missing, read_manifest
from voice.speech.engine import SpeechError
from voice.store import Store, live_release, publish_first, read_release
from voice.store import publish as publish_files
from voice.store.audit import Wanted, entries
from voice.store.choices import choose_policy
from voice.store.drafts import history, read_work
from voice.store.publications import (
    LEASE,
    Busy,
    Publication,
    Taken,
    beat,
    begin,
    publications,
    read_publication,
    take_over,
)
from voice.store.releases import releases
from voice.store.reviews import Said, send_back, sign

LAVAGE = "topics/lavage"
TITRE = "topics/lavage.toml:fr-FR.title"
SUITE = "topics/apres.toml:fr-FR.title"
SMALL = read_files(TINY)
NOW = clock_at(0)
SPOKEN = Tools(speak, no_problems)


@dataclass(frozen=True)
class Clinic:
    """An instance of its own, with the tiny scripts live as release 1."""

    folder: Path
    settings: Settings
    store: Store

    @property
    def files(self) -> Mapping[str, str]:
        """The live files."""
        release = live_release(self.store)
        assert release is not None
        return release.files

    @property
    def number(self) -> int:
        """The live release's number."""
        release = live_release(self.store)
        assert release is not None
        return release.number

    def begin(self, *subjects: str, seconds: float = 0) -> Publication:
        """Start making subjects live."""
        return begin(
            self.store, subjects or (LAVAGE,), "a note", DEE, AT + timedelta(seconds=seconds)
        )

    def publish(self, *subjects: str, tools: Tools = SPOKEN) -> int | None:
        """Make subjects live, from the first step to the last."""
        return go_live(self.settings, self.store, self.begin(*subjects), NOW, tools)


@pytest.fixture(autouse=True, scope="module")
def told_once() -> Iterator[None]:
    """What has to be spoken is worked out once for the same files: that takes half a second."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(publish, "all_utterances", all_utterances)
        yield


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return with_people(tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every clip of release 1."""
    settings = settings_of(tmp_path_factory.mktemp("spoken"))
    speak(settings, parse(SMALL), lambda *_: None)
    return settings.audio


@pytest.fixture
def clinic(empty: Path, spoken: Path, tmp_path: Path) -> Iterator[Clinic]:
    shutil.copytree(spoken, tmp_path / "audio")
    for store in copied(empty, tmp_path):
        publish_first(store, SMALL, "first", AT)
        yield Clinic(tmp_path, settings_of(tmp_path), store)


def test_workers_find_what_follows_from_words_that_go_live(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publish, "all_utterances", instance.all_utterances)
    put(clinic)
    assert clinic.publish() == 2
    monkeypatch.setattr(built, "build", lambda _: pytest.fail("worked out by a worker"))
    release = Live("https://line.example", clinic.settings.audio, clinic.settings.built).load(
        clinic.store
    )
    assert release is not None
    assert release.number == 2


def test_machines_that_share_the_store_find_it_there(
    clinic: Clinic, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publish, "all_utterances", instance.all_utterances)
    monkeypatch.setattr(passing, "_is_shared", lambda _: True)
    put(clinic)
    assert clinic.publish() == 2
    monkeypatch.setattr(built, "build", lambda _: pytest.fail("worked out by another machine"))
    another = Live("https://line.example", tmp_path / "no clips", tmp_path / "there")
    release = another.load(clinic.store)
    assert release is not None
    assert release.number == 2


def put(clinic: Clinic, name: str = TITRE, value: str = "Laver", subject: str = LAVAGE) -> None:
    """Write words in French and have them approved."""
    write(clinic.store, value, 0, ANA, name, clinic.files)
    approve(clinic.store, "fr-FR", subject, clinic.files)


def last(clinic: Clinic) -> Publication:
    return publications(clinic.store)[0]


def told(clinic: Clinic) -> tuple[str, str]:
    """Why the last publication failed."""
    assert (last(clinic).state, clinic.number) == ("failed", 1)
    return last(clinic).reason, last(clinic).detail


# From draft to live ------------------------------------------------------------------------------


def test_approved_words_go_live_with_their_sign_offs_and_every_clip(clinic: Clinic) -> None:
    put(clinic)
    assert clinic.publish() == clinic.number == 2
    script = parse(clinic.files)
    topic = script.topics["lavage"]
    digest = wording_digest(topic, "fr-FR")
    assert topic.wording["fr-FR"].title == "Laver"
    assert topic.sign_offs["fr-FR"] == {
        "writer": f"Ana, 2026-11-21, {digest}",
        "editor": f"Bo, 2026-11-21, {digest}",
        "clinician": f"Cy, 2026-11-21, {digest}",
    }
    manifest = read_manifest(clinic.settings.audio)
    assert missing(manifest, all_utterances(script)) == ()
    assert read_release(clinic.store, 2).note == "a note"


def test_what_went_live_is_in_work_no_more(clinic: Clinic) -> None:
    put(clinic)
    put(clinic, SUITE, "Plus tard", "topics/apres")
    clinic.publish()
    work = read_work(clinic.store)
    assert list(work.drafts) == [SUITE]
    assert standings(clinic.files, work, Policy(), LAVAGE)["fr-FR"] == "live"
    assert standings(clinic.files, work, Policy(), "topics/apres")["fr-FR"] == "approved"
    assert [one.sort for one in history(clinic.store, TITRE)] == ["live", "saved"]
    done = last(clinic)
    assert (done.state, done.step, done.release, done.reason) == ("done", "switch", 2, "")
    deeds = [(one.staff, one.deed, one.subject) for one in entries(clinic.store, Wanted(), 2)]
    assert deeds[0] == (DEE.id, "words-live", "2")


def test_the_next_change_of_live_words_begins_anew(clinic: Clinic) -> None:
    put(clinic)
    clinic.publish()
    write(clinic.store, "Le grand lavage", 1, BO, TITRE, clinic.files)
    draft = read_work(clinic.store).drafts[TITRE]
    assert (draft.base, draft.begun, draft.version) == ("Laver", 2, 2)
    assert (
        sign(
            clinic.store, place(clinic.store, "fr-FR", LAVAGE, clinic.files), "editor", ANA, ALL, AT
        )
        == "not-now"
    )


def test_a_roll_back_makes_an_earlier_release_live_and_keeps_the_later(clinic: Clinic) -> None:
    put(clinic)
    clinic.publish()
    make_live(clinic.store, 1, AT)
    assert clinic.files == SMALL
    assert read_release(clinic.store, 2).files != SMALL
    put(clinic, SUITE, "Plus tard", "topics/apres")
    assert clinic.publish("topics/apres") == 3
    assert parse(clinic.files).topics["lavage"].wording["fr-FR"].title == "Le lavage"


def again(clinic: Clinic, number: int, tools: Tools = SPOKEN) -> int | None:
    """Make an earlier release live again."""
    mine = begin(clinic.store, (), "back", DEE, AT, again=number)
    return go_live(clinic.settings, clinic.store, mine, NOW, tools)


def lose(clinic: Clinic, word: str) -> list[Path]:
    """Delete the clips in which a word is said."""
    rows = read_manifest(clinic.settings.audio).clips.values()
    lost = [clinic.settings.audio / row.name for row in rows if word in row.words]
    assert lost
    for path in lost:
        path.unlink()
    return lost


def test_an_earlier_release_is_live_again_with_its_clips_made_first(clinic: Clinic) -> None:
    put(clinic)
    clinic.publish()
    gone = lose(clinic, "oreille")
    write(clinic.store, "Plus tard", 0, ANA, SUITE, clinic.files)
    assert again(clinic, 1) == clinic.number == 1
    assert all(path.exists() for path in gone)
    assert list(read_work(clinic.store).drafts) == [SUITE]
    assert [one.number for one in releases(clinic.store)] == [2, 1]
    deed = entries(clinic.store, Wanted(), 1)[0]
    told = {"instead of": 2, "note": "back"}
    assert (deed.staff, deed.deed, deed.subject, deed.detail) == (
        DEE.id,
        "release-again",
        "1",
        told,
    )
    assert again(clinic, 2) == clinic.number == 2


def test_an_earlier_release_whose_clips_fail_is_not_live_again(clinic: Clinic) -> None:
    put(clinic)
    clinic.publish()
    lose(clinic, "oreille")

    def failing(settings, script, progress) -> None:
        speak(settings, script, progress, fails_at="oreille")

    assert again(clinic, 1, Tools(failing, no_problems)) is None
    assert (last(clinic).reason, clinic.number) == ("clips", 2)


def test_a_release_that_is_live_or_is_not_there_is_not_made_live_again(clinic: Clinic) -> None:
    assert again(clinic, 1) is None
    assert told(clinic) == ("nothing", "")
    assert again(clinic, 9) is None
    assert told(clinic) == ("unreadable", "there is no release 9")


def test_words_that_went_live_meanwhile_are_not_rolled_back_unseen(clinic: Clinic) -> None:
    put(clinic)
    clinic.publish()
    other = {**SMALL, "extra.toml": ""}
    deed = lambda: publish_files(clinic.store, other, "from scripts/", AT)  # noqa: E731
    assert again(clinic, 1, meanwhile(clinic, deed)) is None
    assert (last(clinic).reason, clinic.number) == ("changed", 3)


# From the machine itself -------------------------------------------------------------------------


@pytest.fixture
def typed(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str]]:
    """Types `rollback` at the clinic's machine: exit code and what it says."""
    monkeypatch.setattr("voice.commands.releases.read_settings", lambda: clinic.settings)
    monkeypatch.setattr(publish, "TOOLS", SPOKEN)

    def type_in(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(main, ["rollback", *words])
        return done.exit_code, done.output

    return type_in


def test_a_command_rolls_back_to_the_release_before_with_every_clip(
    clinic: Clinic, typed: Callable[..., tuple[int, str]]
) -> None:
    put(clinic)
    clinic.publish()
    write(clinic.store, "Plus tard", 0, ANA, SUITE, clinic.files)
    gone = lose(clinic, "oreille")
    code, said = typed()
    assert (code, said.splitlines()[-1]) == (0, "Release 1 is live again.")
    assert clinic.number == 1
    assert all(path.exists() for path in gone)
    assert list(read_work(clinic.store).drafts) == [SUITE]
    deed = entries(clinic.store, Wanted(), 1)[0]
    assert (deed.staff, deed.deed, deed.subject) == (None, "release-again", "1")
    assert deed.detail == {"instead of": 2}
    assert typed("2")[0] == 0
    assert clinic.number == 2
    rows = [line.split("\t") for line in typed("--list")[1].splitlines()]
    assert [(row[0], row[2], row[3]) for row in rows] == [
        ("2", "live", "a note"),
        ("1", "", "first"),
    ]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ((), "There is no release before the one that is live."),
        (("1",), "Release 1 is live already."),
        (("9",), "there is no release 9"),
        (("9" * 25,), "is not in the range"),
    ],
)
def test_a_command_that_can_not_roll_back_says_why(
    clinic: Clinic, typed: Callable[..., tuple[int, str]], words: tuple[str, ...], why: str
) -> None:
    code, said = typed(*words)
    assert code in (1, 2)
    assert why in said
    assert clinic.number == 1
    assert "release-again" not in {one.deed for one in entries(clinic.store, Wanted(), 9)}


def test_a_roll_back_does_not_wait_for_clips_where_nobody_wants_to(
    clinic: Clinic, typed: Callable[..., tuple[int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(settings, script, progress) -> None:
        raise SpeechError("The engine is gone.", "Install it.")

    put(clinic)
    clinic.publish()
    monkeypatch.setattr(publish, "TOOLS", Tools(failing, no_problems))
    code, said = typed("1")
    assert (code, clinic.number) == (1, 2)
    assert "nothing was changed. The engine is gone." in said
    assert typed("1", "--at-once")[0] == 0
    assert clinic.number == 1


def test_a_release_that_came_in_between_is_not_rolled_back_unseen(
    clinic: Clinic, typed: Callable[..., tuple[int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    put(clinic)
    clinic.publish()
    other = {**SMALL, "extra.toml": ""}
    deed = lambda: publish_files(clinic.store, other, "from scripts/", AT)  # noqa: E731
    monkeypatch.setattr(publish, "TOOLS", meanwhile(clinic, deed))
    code, said = typed()
    assert (code, clinic.number) == (1, 3)
    assert "changed meanwhile" in said


def test_sign_offs_of_live_words_alone_make_a_release_too(clinic: Clinic) -> None:
    here = place(clinic.store, "fr-FR", LAVAGE, clinic.files)
    assert sign(clinic.store, here, "clinician", BO, ALL, AT) == ""
    assert (
        go_live(clinic.settings, clinic.store, begin(clinic.store, (), "", DEE, AT), NOW, SPOKEN)
        == 2
    )
    signed = parse(clinic.files).topics["lavage"].sign_offs["fr-FR"]
    assert signed["clinician"].startswith("Bo, ")
    assert begin(clinic.store, (), "", DEE, AT).id == 2


# What keeps words from callers -------------------------------------------------------------------


def test_words_nobody_approved_do_not_go_live(clinic: Clinic) -> None:
    write(clinic.store, "Laver", 0, ANA, TITRE, clinic.files)
    assert clinic.publish() is None
    assert told(clinic) == ("not-approved", LAVAGE)
    assert clinic.publish("topics/apres") is None
    assert told(clinic) == ("not-approved", "topics/apres")


def test_a_policy_nobody_must_sign_under_still_wants_them_sent(clinic: Clinic) -> None:
    choose_policy(clinic.store, Policy({"fr-FR": ()}), DEE, AT)
    write(clinic.store, "Laver", 0, ANA, TITRE, clinic.files)
    assert clinic.publish() is None
    assert told(clinic)[0] == "not-approved"


@pytest.mark.parametrize("audio", [False, True])
def test_a_problem_of_words_or_clips_is_told(clinic: Clinic, audio: bool) -> None:
    def found(settings, script, today, with_audio) -> tuple[Problem, ...]:
        line = Problem("fail", "f.toml", 1, "", "fr-FR", "title", "", "rule 7", "Wrong.", "Mend.")
        return (line,) if with_audio is audio else ()

    put(clinic)
    assert clinic.publish(tools=Tools(speak, found)) is None
    assert told(clinic) == ("check", "f.toml fr-FR title: Wrong.\tMend.")
    assert last(clinic).step == ("sound" if audio else "check")


def test_a_clip_that_fails_changes_nothing_and_is_told(clinic: Clinic) -> None:
    put(clinic)

    def failing(settings, script, progress) -> None:
        speak(settings, script, progress, fails_at="Laver")

    assert clinic.publish(tools=Tools(failing, no_problems)) is None
    reason, detail = told(clinic)
    assert reason == "clips"
    assert "Laver" in detail
    assert clinic.files == SMALL
    assert clinic.publish() == 2


def test_clips_that_were_not_made_keep_words_from_callers(clinic: Clinic) -> None:
    put(clinic)
    assert clinic.publish(tools=Tools(lambda *_: None, no_problems)) is None
    reason, detail = told(clinic)
    assert reason == "clips"
    assert "clips are missing" in detail


def test_a_full_disk_is_told(clinic: Clinic) -> None:
    put(clinic)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    assert clinic.publish(tools=Tools(full, no_problems)) is None
    assert told(clinic) == ("clips", "[Errno 28] No space left on device")


def test_a_fault_of_the_program_is_told_and_raised(clinic: Clinic) -> None:
    put(clinic)

    def broken(*_: object) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        clinic.publish(tools=Tools(broken, no_problems))
    assert told(clinic) == ("broken", "ZeroDivisionError")


def meanwhile(clinic: Clinic, deed) -> Tools:
    """Tools during whose work somebody does something else."""

    def make(settings, script, progress) -> None:
        speak(settings, script, progress)
        deed()

    return Tools(make, no_problems)


def test_words_changed_on_the_way_do_not_go_live(clinic: Clinic) -> None:
    put(clinic)
    deed = lambda: write(clinic.store, "Autre", 1, BO, TITRE, clinic.files)  # noqa: E731
    assert clinic.publish(tools=meanwhile(clinic, deed)) is None
    assert told(clinic) == ("changed", "")
    assert read_work(clinic.store).drafts[TITRE].value == "Autre"


def test_words_sent_back_on_the_way_do_not_go_live(clinic: Clinic) -> None:
    put(clinic)
    here = place(clinic.store, "fr-FR", LAVAGE, clinic.files)
    deed = lambda: send_back(clinic.store, here, [Said("", "", "Stop!")], BO, AT)  # noqa: E731
    assert clinic.publish(tools=meanwhile(clinic, deed)) is None
    assert told(clinic) == ("changed", "")


def test_a_release_that_came_in_between_is_not_lost(clinic: Clinic) -> None:
    put(clinic)
    other = {**SMALL, "extra.toml": ""}
    deed = lambda: publish_files(clinic.store, other, "from scripts/", AT)  # noqa: E731
    assert clinic.publish(tools=meanwhile(clinic, deed)) is None
    assert (last(clinic).reason, clinic.number) == ("changed", 2)
    assert clinic.files == other
    assert clinic.publish() == 3
    assert "extra.toml" in clinic.files


def test_other_words_may_change_on_the_way(clinic: Clinic) -> None:
    put(clinic)
    deed = lambda: write(clinic.store, "Plus tard", 0, BO, SUITE, clinic.files)  # noqa: E731
    assert clinic.publish(tools=meanwhile(clinic, deed)) == 2
    assert list(read_work(clinic.store).drafts) == [SUITE]


# Killed ------------------------------------------------------------------------------------------


def kill(clinic: Clinic, mine: Publication, where: str, seconds: float = 0) -> None:
    """Go on with a publication in a process that is killed."""
    clinic.store.engine.dispose()
    assert die_at(where, clinic.settings, mine.id, seconds) == -signal.SIGKILL


def sounds(clinic: Clinic) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in clinic.settings.audio.glob("*.wav")}


@pytest.mark.parametrize("where", ["words", "check", "clips", "sound", "switch"])
def test_killed_at_any_step_the_old_words_stay_and_the_next_goes_on(
    clinic: Clinic, where: str
) -> None:
    put(clinic)
    mine = clinic.begin()
    before = sounds(clinic)
    kill(clinic, mine, where)
    assert clinic.files == SMALL
    assert list(read_work(clinic.store).drafts) == [TITRE]
    assert last(clinic).state == "running"
    assert take_over(clinic.store, AT + timedelta(seconds=1)) is None
    made = sounds(clinic).items() - before.items()
    later = LEASE.total_seconds() + 1
    assert carry_out(clinic.settings, 0, clock_at(later), SPOKEN) == 2
    done = last(clinic)
    assert (done.id, done.run, done.state) == (mine.id, 2, "done")
    assert bool(made) == (where in ("clips", "sound", "switch"))
    if where in ("sound", "switch"):
        assert sounds(clinic).items() == before.items() | made
    assert parse(clinic.files).topics["lavage"].wording["fr-FR"].title == "Laver"
    assert read_work(clinic.store).drafts == {}


def test_killed_again_and_again_it_comes_to_its_end(clinic: Clinic) -> None:
    put(clinic)
    kill(clinic, clinic.begin(), "clips")
    for again, where in enumerate(("clips", "sound", "switch"), 1):
        taken = take_over(clinic.store, AT + timedelta(seconds=60 * again))
        assert taken is not None
        kill(clinic, taken, where, 60 * again)
    assert clinic.number == 1
    assert carry_out(clinic.settings, 0, clock_at(600), SPOKEN) == 2
    assert last(clinic).run == 5


def test_a_dead_one_is_taken_over_by_who_asks_for_the_same(clinic: Clinic) -> None:
    put(clinic)
    dead = clinic.begin()
    taken = clinic.begin(seconds=31)
    assert (taken.id, taken.run) == (dead.id, 2)
    with pytest.raises(Taken):
        beat(clinic.store, dead, "clips", 1, 2, AT)


def test_a_dead_one_gives_way_to_who_asks_for_something_else(clinic: Clinic) -> None:
    dead = clinic.begin()
    other = clinic.begin("topics/apres", seconds=31)
    assert other.id == dead.id + 1
    ended = read_publication(clinic.store, dead.id)
    assert ended is not None
    assert (ended.state, ended.reason) == ("failed", "interrupted")


@pytest.mark.parametrize("started", [0, 29, 31])
def test_a_server_takes_up_by_itself_what_a_dead_process_left(
    clinic, monkeypatch, started: int
) -> None:
    """The process died as the clock began; the server starts later, and nobody visits a page."""
    launched: list[int] = []
    monkeypatch.setattr(publish, "launch", launched.append)
    mine, clock = clinic.begin(), [AT]
    live = Live(clinic.settings.public_url, clinic.settings.audio)
    keepers = [
        Keeper(live, clinic.store, clinic.settings.audio, lambda: clock[0]) for _ in range(2)
    ]
    for second in range(started, max(started, 30) + 10, 2):
        clock[0] = AT + timedelta(seconds=second)
        for keeper in keepers:
            keeper.look()
        assert second >= 30 or launched == []
    assert launched == [mine.id]
    assert last(clinic).run == 2


def test_with_nothing_left_there_is_nothing_to_take_over(clinic: Clinic) -> None:
    assert carry_out(clinic.settings, 0, NOW, SPOKEN) is None
    put(clinic)
    assert clinic.publish() == 2
    assert carry_out(clinic.settings, last(clinic).id, NOW, SPOKEN) is None
    assert read_publication(clinic.store, 99) is None


# Two at once -------------------------------------------------------------------------------------


def test_the_second_of_two_is_told_who_is_at_it(clinic: Clinic) -> None:
    first = clinic.begin()
    with pytest.raises(Busy) as told:
        clinic.begin("topics/apres", seconds=29)
    assert told.value.other == first


def test_of_many_who_begin_at_once_one_does(clinic: Clinic) -> None:
    outcome: list[object] = []
    start = threading.Barrier(4)

    def one() -> None:
        start.wait()
        try:
            outcome.append(clinic.begin())
        except Busy as busy:
            outcome.append(busy.other)

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(publications(clinic.store)) == 1
    assert len(set(outcome)) == 1


def test_who_was_taken_over_stops(clinic: Clinic) -> None:
    """A machine that slept wakes up while another goes on with its work."""
    put(clinic)
    mine = clinic.begin()
    taken = take_over(clinic.store, AT + timedelta(seconds=60))
    assert taken is not None
    with pytest.raises(Taken):
        go_live(clinic.settings, clinic.store, mine, NOW, SPOKEN)
    assert clinic.number == 1
    assert go_live(clinic.settings, clinic.store, taken, NOW, SPOKEN) == 2


def test_progress_is_told_while_clips_are_made(clinic: Clinic, monkeypatch) -> None:
    monkeypatch.setattr(publish, "BEAT", 0.01)
    put(clinic)
    seen: list[tuple[str, int, int]] = []
    told = threading.Event()

    def slowly(settings, script, progress) -> None:
        progress(3, 8)
        while not seen or seen[-1][1] != 3:
            now = last(clinic)
            seen.append((now.step, now.done, now.total))
            told.wait(0.01)
        speak(settings, script, progress)

    assert clinic.publish(tools=Tools(slowly, no_problems)) == 2
    assert seen[-1] == ("clips", 3, 8)


def test_who_is_taken_over_while_speaking_stops_speaking(clinic: Clinic, monkeypatch) -> None:
    monkeypatch.setattr(publish, "BEAT", 0.01)
    put(clinic)
    told = threading.Event()

    def taken(settings, script, progress) -> None:
        take_over(clinic.store, AT + timedelta(seconds=60))
        for done in range(1000):
            progress(done, 1000)
            told.wait(0.01)

    with pytest.raises(Taken):
        clinic.publish(tools=Tools(taken, no_problems))
    assert last(clinic).state == "running"


@pytest.mark.parametrize("note", ["a\x07b", "long " * 60])
def test_a_note_that_is_no_line_of_a_list_is_refused_before_anything_else(note: str) -> None:
    done = CliRunner().invoke(main, ["publish", "--note", note])
    assert done.exit_code == 2
    assert "write one line, of 200 characters at most" in done.output
