"""How far long work is, told to a log."""

import pytest

from voice import progress
from voice.progress import progress_bar


@pytest.mark.parametrize(
    ("every", "told"),
    [
        (0.0, ["1 of 3 clips", "2 of 3 clips", "3 of 3 clips"]),
        (3600.0, ["3 of 3 clips"]),
    ],
    ids=["now and then", "at the end in any case"],
)
def test_in_a_log_it_is_whole_lines(every, told, capfd, monkeypatch):
    monkeypatch.setattr(progress, "EVERY", every)
    with progress_bar("clips") as show:
        for done in (1, 2, 3):
            show(done, 3)
    out, err = capfd.readouterr()
    assert out == ""
    assert "\r" not in err
    assert err.splitlines() == told


def test_nothing_to_do_is_nothing_to_tell(capfd):
    with progress_bar("clips") as show:
        show(0, 0)
    assert capfd.readouterr() == ("", "")
