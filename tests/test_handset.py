"""The practice telephone of an installation whose release an earlier version made."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.replay import settings_in
from tests.test_completing import older
from voice.handset import handset
from voice.instance import opened_store
from voice.phone import dial, new_sid, send_text
from voice.script import ScriptError, read_files
from voice.store import live_number, publish

TINY = ROOT / "tests" / "data" / "tiny-scripts"
NOW = datetime(2026, 11, 21, tzinfo=UTC)


def test_a_release_of_an_earlier_version_can_be_called_and_is_left_as_it_is(
    tmp_path: Path,
) -> None:
    settings = replace(settings_in(tmp_path), scripts=TINY)
    with opened_store(settings) as store:
        publish(store, older(read_files(TINY)), "", NOW)
    with handset(settings) as phone:
        call, heard = dial(phone, "CA" + "1" * 32)
    assert call.stage == "listening"
    assert heard
    with opened_store(settings) as store:
        assert live_number(store) == 1


def test_one_that_the_scripts_on_disk_do_not_complete_is_told(tmp_path: Path) -> None:
    settings = replace(settings_in(tmp_path), scripts=tmp_path / "nowhere")
    with opened_store(settings) as store:
        publish(store, older(read_files(TINY)), "", NOW)
    with pytest.raises(ScriptError, match="offer_closed"), handset(settings):
        pass


@pytest.mark.parametrize("whatsapp", [False, True])
def test_the_number_is_known_to_have_stopped_the_texts_until_it_starts_them_again(
    tmp_path: Path, whatsapp: bool
) -> None:
    settings = replace(settings_in(tmp_path), scripts=TINY)
    with handset(settings) as phone:
        assert not phone.stopped()
        send_text(phone, "STOP", new_sid("SM"), whatsapp=whatsapp)
    with handset(settings) as phone:
        assert send_text(phone, "RISKS", new_sid("SM"), whatsapp=whatsapp) == ()
        assert phone.stopped()
        send_text(phone, "START", new_sid("SM"), whatsapp=whatsapp)
        assert not phone.stopped()
        assert send_text(phone, "RISKS", new_sid("SM"), whatsapp=whatsapp)
