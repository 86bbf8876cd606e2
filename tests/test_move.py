"""From one machine with its file to a PostgreSQL: the command, and a start that forgot it."""

import os
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests import databases
from tests.conftest import ROOT
from tests.failure.clips import spoken
from tests.failure.crowd import STOP, STOPPED, small_release
from tests.publisher import TINY
from tests.stored import NOW
from tests.test_rotation import ANA, BO, CY, URL, asks_call_back, line
from voice.__main__ import main
from voice.doctor import findings
from voice.handset import handset
from voice.instance import new_release, opened_store
from voice.maker import prepare, prepare_when_it_can
from voice.script import load, read_files
from voice.secrets import kept
from voice.settings import Settings, read
from voice.store import live_number, open_store, publish
from voice.unmoved import Unmoved

OTHER = "o" * 32


@pytest.fixture
def empty(postgresql: databases.Server) -> str:
    """The address of a database without tables."""
    name = f"moved_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    postgresql.make(name)
    return postgresql.url(name)


@pytest.fixture
def before(tmp_path: Path) -> Path:
    """An instance with a release in its file, which is closed, and keys of its own."""
    instance = tmp_path / "instance"
    databases.laid_out(instance)
    with opened_store(read({"INSTANCE": str(instance)}, root=ROOT)) as store:
        publish(store, read_files(TINY), "", NOW)
        publish(store, read_files(TINY), "made in the console", NOW)
    return instance


def environ(instance: Path, address: str, **given: str) -> dict[str, str]:
    """What the first machine is told: its old keys, as everybody gets them."""
    keys = kept(instance)
    assert keys is not None
    own = {"SECRET_KEY": keys.secret_key, "CONTACT_KEY": keys.contact_key}
    own |= {"AUDIO": str(instance.parent / "audio"), "SCRIPTS": str(TINY)}
    return {"INSTANCE": str(instance), "DATABASE_URL": address} | own | given


def run(given: dict[str, str], *words: str) -> Result:
    return CliRunner().invoke(main, ["move", *words], env=given)


def live_at(address: str) -> int | None:
    with closing(open_store(address)) as store:
        return live_number(store)


def test_what_was_promised_on_one_machine_holds_on_another_with_the_same_keys(
    tmp_path: Path, empty: str
) -> None:
    release, instance = small_release(URL), tmp_path / "one"
    token = {"TWILIO_AUTH_TOKEN": "token"}
    with line(instance, release, token) as now:
        assert STOPPED in now.ask("/sms", MessageSid="SM1", From=ANA, Body=STOP)
        asks_call_back(now, BO)
    said = run(environ(instance, empty))
    assert said.exit_code == 0, said.output
    assert "1 call_back\n" in said.output
    assert f"All of it is in PostgreSQL now, and {instance}/line.db is as it was." in said.output
    given = environ(instance, empty) | token
    del given["INSTANCE"]
    with line(tmp_path / "two", release, given) as now:
        assert now.key("text.lavage", "1", ANA) == now.said("after.lavage", "opted-out")
        assert now.key("text.lavage", "1", CY) == now.said("after.lavage", "failed")
        assert now.waiting().count(BO) == 1
        asks_call_back(now, CY)
        assert now.waiting().count(CY) == 1
    assert not (tmp_path / "two" / "line.db").exists()


def test_a_file_unpacked_from_a_backup_is_moved_with_the_keys_beside_it(
    before: Path, tmp_path: Path, empty: str
) -> None:
    given = environ(before, empty)
    old = before.rename(tmp_path / "unpacked")
    said = run(given, str(old / "line.db"))
    assert said.exit_code == 0, said.output
    assert live_at(empty) == 2


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"SECRET_KEY": OTHER}, "the SECRET_KEY that"),
        ({"CONTACT_KEY": OTHER}, "the CONTACT_KEY that"),
        (
            {"SECRET_KEY": OTHER, "CONTACT_KEY": OTHER},
            "the SECRET_KEY and CONTACT_KEY that",
        ),
    ],
    ids=["secret", "contact", "both"],
)
def test_keys_that_are_not_carried_over_are_asked_for(
    before: Path, empty: str, wrong: dict[str, str], named: str
) -> None:
    said = run(environ(before, empty, **wrong))
    assert said.exit_code == 1
    assert f"The settings lack {named} {before}/keys.json holds" in said.output
    assert "on every machine" in said.output
    keys = kept(before)
    assert keys is not None
    assert keys.contact_key not in said.output
    older = {f"{name}_PREVIOUS": getattr(keys, name.lower()) for name in wrong}
    assert run(environ(before, empty, **wrong, **older)).exit_code == 0


def test_a_machine_that_is_given_no_keys_is_told_where_they_are(before: Path, empty: str) -> None:
    said = run(environ(before, empty, SECRET_KEY="", CONTACT_KEY=""))
    assert said.exit_code == 1
    for name in ("secret_key", "contact_key"):
        assert f"give each {name} of {before}/keys.json" in said.output


def test_without_a_postgresql_nothing_is_moved(before: Path, empty: str) -> None:
    said = run(environ(before, ""))
    assert said.exit_code == 1
    assert "DATABASE_URL names no PostgreSQL: set it to" in said.output
    said = run(environ(before, empty.replace("moved_", "absent_")))
    assert said.exit_code == 1
    assert "no connection to PostgreSQL" in said.output


def test_a_second_time_nothing_is_moved(before: Path, empty: str) -> None:
    assert run(environ(before, empty)).exit_code == 0
    said = run(environ(before, empty))
    assert said.exit_code == 1
    assert "is not empty, and nothing was moved." in said.output
    assert "It holds: release (2), audit (2), live (1)" in said.output


def test_a_backup_that_is_still_packed_is_not_mistaken(before: Path, empty: str) -> None:
    packed = before.parent / "kypholine-20261121T032000Z.tar.gz"
    packed.write_bytes(b"\x1f\x8b" * 2000)
    said = run(environ(before, empty), str(packed))
    assert said.exit_code == 1
    assert "cannot be read" in said.output


# A start without it ------------------------------------------------------------------------------


@pytest.fixture
def moved_to(before: Path, empty: str) -> Settings:
    """The settings of a machine that is to use an empty PostgreSQL."""
    settings = read(environ(before, empty), root=ROOT)
    spoken(settings.audio)
    return settings


def test_a_start_on_an_empty_postgresql_does_not_forget_the_file(
    moved_to: Settings, before: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pauses = list[float]()

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        assert live_at(moved_to.database_url) is None
        if len(pauses) == 2:
            said = run(environ(before, moved_to.database_url))
            assert said.exit_code == 0, said.output

    assert prepare_when_it_can(moved_to, pause) == 2
    assert len(pauses) == 2
    out, told = capsys.readouterr()
    assert out.count("Making the clips") == 1
    assert told.count("The line is not ready. The store that DATABASE_URL names is empty, but") == 1
    assert f"{before}/line.db holds what the line kept so far" in told
    assert "python -m voice move" in told


def test_nothing_else_makes_a_first_release_there_either(moved_to: Settings) -> None:
    with opened_store(moved_to) as store:
        with pytest.raises(Unmoved):
            new_release(moved_to, store, load(TINY), "", NOW)
        with pytest.raises(Unmoved), handset(moved_to):
            pass
    assert live_at(moved_to.database_url) is None


def test_the_doctor_knows_of_the_file_too(moved_to: Settings, before: Path) -> None:
    with opened_store(moved_to):
        told = findings(moved_to)
    (found,) = [one for one in told if f"{before}/line.db" in one.what]
    assert found.level == "problem"
    assert "python -m voice move" in found.remedy
    assert not any("make run" in one.remedy for one in told)


def test_whoever_moves_the_file_away_begins_anew(moved_to: Settings, before: Path) -> None:
    (before / "line.db").rename(before.parent / "line.db")
    assert prepare(moved_to, lambda _: None) == 1


def test_a_file_without_a_release_is_no_obstacle(moved_to: Settings, before: Path) -> None:
    (before / "line.db").unlink()
    databases.laid_out(before)
    assert prepare(moved_to, lambda _: None) == 1
    assert (before / "line.db").exists()


def test_a_file_without_tables_is_no_obstacle(moved_to: Settings, before: Path) -> None:
    (before / "line.db").write_bytes(b"")
    assert prepare(moved_to, lambda _: None) == 1


def test_a_file_that_cannot_be_read_is_not_passed_over(moved_to: Settings, before: Path) -> None:
    (before / "line.db").write_bytes(b"torn" * 2000)
    with pytest.raises(Unmoved, match="what was kept before"):
        prepare(moved_to, lambda _: None)


def test_a_store_on_another_file_is_no_business_of_this(moved_to: Settings, before: Path) -> None:
    elsewhere = replace(moved_to, database_url=f"sqlite:///{before.parent}/other/line.db")
    assert prepare(elsewhere, lambda _: None) == 1
