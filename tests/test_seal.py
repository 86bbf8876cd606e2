"""Sealing: what was sealed comes back with the right key alone, and nothing else tells of it."""

import traceback
from base64 import urlsafe_b64encode

import pytest
from cryptography.fernet import Fernet, InvalidToken

from voice.seal import Seal, SealError

KEY, OTHER = b"k" * 32, b"o" * 32
NUMBER = "+12125550199"


def test_what_is_sealed_comes_back_and_never_looks_the_same() -> None:
    seal = Seal([KEY])
    first, second = seal.seal(NUMBER), seal.seal(NUMBER)
    assert first != second
    assert {seal.open(first), seal.open(second)} == {NUMBER}
    assert first.isascii()
    assert "2125550199" not in first


@pytest.mark.parametrize("words", ["", "+521234567890", "mañana por la mañana", "9" * 500])
def test_any_words_can_be_sealed(words: str) -> None:
    assert Seal([KEY]).open(Seal([KEY]).seal(words)) == words


def test_seals_of_different_numbers_are_equally_long() -> None:
    lengths = {len(Seal([KEY]).seal("+" + "5" * digits)) for digits in range(8, 15)}
    assert len(lengths) == 1


def test_a_replaced_key_still_opens_what_it_sealed() -> None:
    before, after = Seal([KEY]).seal(NUMBER), Seal([OTHER, KEY])
    assert after.open(before) == NUMBER
    assert Seal([OTHER]).open(after.seal(NUMBER)) == NUMBER


def spoiled(sealed: str) -> str:
    return sealed[:40] + ("A" if sealed[40] != "A" else "B") + sealed[41:]


@pytest.mark.parametrize(
    "sealed",
    [Seal([OTHER]).seal(NUMBER), spoiled(Seal([KEY]).seal(NUMBER)), "", NUMBER, "é", "\ud800"],
    ids=["another key", "changed", "nothing", "a number", "no ascii", "half a sign"],
)
def test_what_can_not_be_opened_is_an_error_that_names_nothing(sealed: str) -> None:
    with pytest.raises(SealError) as caught:
        Seal([KEY]).open(sealed)
    told = "".join(traceback.format_exception(caught.value, limit=0)) + repr(Seal([KEY]))
    assert "InvalidToken" not in told
    assert "2125550199" not in told
    assert KEY.decode() not in told
    assert not sealed or sealed not in told


def test_the_key_is_used_for_nothing_as_it_is() -> None:

    with pytest.raises(InvalidToken):
        Fernet(urlsafe_b64encode(KEY)).decrypt(Seal([KEY]).seal(NUMBER).encode())
