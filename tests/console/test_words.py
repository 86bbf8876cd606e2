"""The console's words: the same in both languages, all used, none missing; and its passwords."""

import re
import string
from datetime import UTC, datetime

import pytest

from tests.conftest import ROOT
from voice.console.desk import NAV
from voice.console.passwords import Passwords, problem
from voice.console.times import Times
from voice.console.words import LANGUAGES, best_language, words_in
from voice.store.staff import ROLES

ENGLISH, SPANISH = (words_in(language).written for language in ("en", "es"))
CODE = "".join(path.read_text("utf-8") for path in (ROOT / "voice/console").glob("[!_]*.py"))
STORE = "".join(
    (ROOT / "voice/store" / name).read_text("utf-8") for name in ("staff.py", "sessions.py")
)
PAGES = "".join(
    path.read_text("utf-8") for path in (ROOT / "voice/templates/console").glob("*.html")
)
FAMILIES = (
    "roles", "duties", "nav", "deeds", "problem", "errors", "names", "use", "faults", "unknown",
    "writing", "subjects", "parts", "fields", "hints", "groups", "spoken", "sent", "rules",
    "recordings", "call_backs", "signs", "todo", "audio", "card", "sheets",
    "stands", "releases", "going", "reasons", "fixes",
    "switches", "policy", "openid", "authenticator", "record", "audit",
)  # fmt: skip
"""Words whose names are put together while a page is made."""


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_say_the_same_things() -> None:
    assert list(ENGLISH) == list(SPANISH)
    same = {key for key, text in ENGLISH.items() if text == SPANISH[key]}
    assert same <= {
        "site.english",
        "site.spanish",
        "person.title",
        "site.error",
        "times.moment",
        "times.clock",
        "audio.pace_normal",
        "audio.decibels",
    }


def test_both_languages_fill_in_the_same_places() -> None:
    for key, text in ENGLISH.items():
        if not key.startswith("times."):
            assert places(text) == places(SPANISH[key]), key


def test_words_that_pages_ask_for_are_written_and_words_written_are_asked_for() -> None:
    asked = set(re.findall(r'\bt\("([\w.-]+)"', PAGES))
    asked |= set(
        re.findall(r'\b(?:words\(\)|say|self\.words|words_in\(\w+\))\(\s*"([\w.-]+)"', CODE)
    )
    counted = set(re.findall(r'\bcount\(\s*"([\w.-]+)"', CODE + PAGES))
    asked |= {f"{key}_{one}" for key in counted for one in ("one", "many")}
    asked = {key for key in asked if not key.endswith((".", "_"))}
    assert asked - set(ENGLISH) == set()
    made = {key for key in ENGLISH if key.split(".")[0] in FAMILIES}
    made |= {
        key
        for key in ENGLISH
        if re.match(r"sign_in\.(wait_|ended|kept|needed|undone)|times\.(am|pm)", key)
    }
    made |= {
        f"{table}.{name}" for table in ("people", "audit") for name in re.findall(r"\w+", PAGES)
    }
    made |= {"person.last_manager", "person.no_link", "invite.roles"}
    assert set(ENGLISH) - asked - made == set()


def test_every_role_page_and_deed_has_words() -> None:
    for role in ROLES:
        assert f"roles.{role}" in words_in("en")
    for group, pages in NAV.items():
        assert {f"nav.{name}" for name in pages} <= ENGLISH.keys()
        assert not group or f"nav.of_{group}" in ENGLISH
    recorded = set(re.findall(r'"(staff-[a-z]+|signed-\w+)"', CODE + STORE))
    assert {key.removeprefix("deeds.") for key in ENGLISH if key.startswith("deeds.")} >= recorded
    assert len(recorded) >= 10


def test_spanish_says_usted() -> None:
    for key, text in SPANISH.items():
        assert not re.search(
            r"\b(tú|tu|tus|te|ti|contigo|vos|vosotros|haz|pon|eres)\b", text.lower()
        ), key


def test_no_page_has_words_of_its_own() -> None:
    bare = re.sub(r"(?s)\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<[^>]*>|\s(?:aria|data)-[\w-]+", " ", PAGES)
    assert re.findall(r"[A-Za-zÀ-ÿ]{2,}", bare) == []


@pytest.mark.parametrize(
    ("wanted", "accepted", "language"),
    [
        ("es", ("en",), "es"),
        ("", ("fr", "es-MX"), "es"),
        ("", (), "en"),
        ("es-US", (), "es"),
        ("x", (), "en"),
    ],
)
def test_the_language_is_the_first_one_there_is(wanted, accepted, language):
    assert best_language(wanted, accepted) == language


def test_a_sentence_that_ends_with_a_time_of_day_ends_once() -> None:
    times = Times(words_in("es"), "America/Chicago")
    since = times.moment(datetime(2026, 5, 4, 20, 30, tzinfo=UTC))
    told = words_in("es").count("todo.call_backs", 1, since=since)
    assert told.endswith(", 3:30 p.\u00a0m.")
    assert words_in("es")("writing.saved", time="9:05") == "Guardado: 9:05."


def test_a_moment_is_told_by_the_clinics_clock_in_both_languages() -> None:
    at = datetime(2027, 1, 1, 4, 5, tzinfo=UTC)
    told = {
        language: Times(words_in(language), "America/Chicago").moment(at) for language in LANGUAGES
    }
    assert told == {
        "en": "December 31, 2026, 10:05 PM",
        "es": "31 de diciembre de 2026, 10:05 p.\u00a0m.",
    }


@pytest.mark.parametrize(
    ("zone", "place"),
    [
        ("America/New_York", "New York"),
        ("America/Argentina/Buenos_Aires", "Buenos Aires"),
        ("UTC", "UTC"),
    ],
)
def test_a_time_zone_is_named_by_its_city(zone: str, place: str) -> None:
    assert Times(words_in("en"), zone).place == place


# Passwords ---------------------------------------------------------------------------------------

OWN = ("María Núñez", "maria.nunez@clinic.org")


@pytest.mark.parametrize(
    ("password", "wrong"),
    [
        ("", "password_short"),
        ("elevensigns", "password_short"),
        ("ñandú feliz", "password_short"),
        ("x" * 501, "password_long"),
        ("password1234", "password_common"),
        ("PASSWORD!!!!", "password_common"),
        ("Contraseña2024", "password_common"),
        ("123456789012", "password_common"),
        ("210987654321", "password_common"),
        ("aaaaaaaaaaaa", "password_common"),
        ("abcabcabcabc", "password_common"),
        ("qwertyuiopas", "password_common"),
        ("correct horse battery staple", "password_common"),
        ("Kyphoplasty 2026", "password_common"),
        ("maria.nunez@clinic.org", "password_personal"),
        ("MariaNunez12", "password_personal"),
        ("1234567nunez", "password_personal"),
        ("twelve signs", ""),
        ("una noche en la torre", ""),
        ("123456789013", ""),
        ("nunez feeds the gulls", ""),
        ("日本語のとても長いパスワード", ""),
        ("   12 spaces   ", ""),
    ],
)
def test_a_password_is_refused_only_where_it_would_be_guessed_first(password, wrong):
    assert problem(password, OWN, ["What Kyphoplasty is"]) == wrong


def test_two_spellings_of_one_password_are_the_same() -> None:
    keeper = Passwords()
    kept = keeper.hashed("ｃａｆé en la mañana")
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert keeper.fits(kept, "café en la man\u0303ana")
    assert not keeper.fits(kept, "cafe en la manana")
    assert not keeper.fits("", "")
    assert not keeper.fits("no hash at all", "x")
