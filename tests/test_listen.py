"""The large-print pages: all the words, both paces, where they come from, in every locale."""

import html
import re
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask, Request
from flask.testing import FlaskClient
from werkzeug.test import EnvironBuilder

from tests import kept
from voice import listen
from voice.live import Live
from voice.script import Script
from voice.speech.clips import read_manifest
from voice.words import fill

ROOT = Path(__file__).parent.parent
LOCALES = ("en-US", "es-US")


def client_of(live: Live) -> FlaskClient:
    app = Flask("voice")
    app.register_blueprint(listen.blueprint(live))
    return app.test_client()


@pytest.fixture(scope="module")
def live(script: Script) -> Live:
    live = Live("http://127.0.0.1:8000", ROOT / "audio")
    live.release, live.manifest = kept.served(script), read_manifest(ROOT / "audio")
    return live


@pytest.fixture(scope="module")
def client(live: Live) -> FlaskClient:
    return client_of(live)


def page(client: FlaskClient, path: str, **headers: str) -> str:
    response = client.get(path, headers=headers)
    assert response.status_code == 200
    assert response.content_type == "text/html; charset=utf-8"
    return response.text


def shown(text: str) -> str:
    """The words of a page, without its tags."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


@pytest.mark.parametrize("locale", LOCALES)
def test_the_list_leads_to_every_topic(client, script, locale):
    text = page(client, f"/listen?locale={locale}")
    for topic in script.topics.values():
        assert f'href="/listen/{topic.id}?locale={locale}"' in text
        assert topic.wording[locale].title in shown(text)


@pytest.mark.parametrize("locale", LOCALES)
def test_a_topic_shows_all_its_words_with_numbers_as_figures(client, script, locale):
    for topic in script.topics.values():
        text = shown(page(client, f"/listen/{topic.id}?locale={locale}"))
        wording = topic.wording[locale]
        for spoken in (wording.main_message, *"\n".join(wording.parts).split("\n"), wording.action):
            assert fill(script, locale, "message", spoken) in text


@pytest.mark.parametrize("locale", LOCALES)
def test_a_topic_can_be_heard_at_both_paces_with_clips_that_exist(client, script, locale):
    for topic in script.topics:
        text = page(client, f"/listen/{topic}?locale={locale}")
        players = re.findall(r"<audio ([^>]*)>", text)
        assert len(players) == 2
        for player in players:
            assert "controls" in player
            assert 'preload="none"' in player
            name = re.search(r'src="/audio/([0-9a-f]{16}\.mp3)"', player)
            assert name is not None
            assert (ROOT / "audio" / name.group(1)).is_file()


def test_words_without_a_recording_say_so(script, tmp_path):
    live = Live("http://127.0.0.1:8000", tmp_path)
    live.release = kept.served(script)
    text = page(client_of(live), "/listen/risks?locale=en-US")
    assert "<audio" not in text
    assert "There is no recording of these words yet." in shown(text)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("path", ["/listen", "/listen/risks", "/listen/no-such-topic"])
def test_every_page_marks_its_language_and_the_way_to_the_other(client, locale, path):
    text = client.get(f"{path}?locale={locale}").text
    assert f'<html lang="{locale}">' in text
    other = next(name for name in LOCALES if name != locale)
    assert re.search(rf'<a href="/listen[^"]*\?locale={other}" lang="{other}"', text)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("path", ["/listen", "/listen/risks", "/listen/no-such-topic"])
def test_every_page_opens_with_the_emergency_number_and_gives_the_others(client, locale, path):
    text = shown(client.get(f"{path}?locale={locale}").text.partition("<body>")[2])
    assert "911" in text[:100]
    for number in ("212-555-0134", "212-555-0150", "711"):
        assert number in text


@pytest.mark.parametrize("path", ["/listen", "/listen/risks"])
def test_no_script_runs_and_no_style_stands_in_a_page(client, path):
    text = page(client, path)
    assert "<script" not in text
    assert not re.search(r"\sstyle=|\son\w+=", text)


@pytest.mark.parametrize(
    ("query", "languages", "locale"),
    [
        ("?locale=es-US", "en", "es-US"),
        ("?locale=es", "en", "es-US"),
        ("?locale=es_US", "en", "es-US"),
        ("?locale=ES-us", "en", "es-US"),
        ("?locale=es-MX", "en", "es-US"),
        ("?locale=EN", "es", "en-US"),
        ("?locale=xx", "es", "es-US"),
        ("?locale=", "es", "es-US"),
        ("", "es-MX,es;q=0.9,en;q=0.8", "es-US"),
        ("", "de, en;q=0.5", "en-US"),
        ("", "de", "en-US"),
        ("", "", "en-US"),
    ],
    ids=[
        *("asked", "language", "underscore", "case", "another-region", "large"),
        *("unknown", "empty", "region", "second-best", "none-known", "none-said"),
    ],
)
def test_a_reader_gets_the_language_they_asked_for_or_their_browsers(
    client, query, languages, locale
):
    text = page(client, f"/listen{query}", **{"Accept-Language": languages})
    assert f'<html lang="{locale}">' in text


@pytest.mark.parametrize(
    ("tag", "locale"), [("es", "en-US"), ("es_mx", "es-MX"), ("es-us", "es-US"), ("es-AR", "en-US")]
)
def test_a_language_that_two_locales_have_names_neither(script, tag, locale):
    both = replace(script, line=replace(script.line, locales=("en-US", "es-US", "es-MX")))
    asked = Request(EnvironBuilder(query_string={"locale": tag}).get_environ())
    assert listen.locale_of(both, asked) == locale


def test_a_topic_tells_the_keys_that_lead_to_it_and_the_word_to_text(client):
    assert "Then press 3." in shown(page(client, "/listen/risks?locale=en-US"))
    assert "Then press 4, then 2." in shown(page(client, "/listen/anesthesia?locale=en-US"))
    assert "oprima 4 y luego 2." in shown(page(client, "/listen/anesthesia?locale=es-US"))
    assert re.search(r"text [A-Z ]+ to 212-555-0150", shown(page(client, "/listen/risks")))


# ---------------------------------------------------------------- where it comes from


@pytest.mark.parametrize("locale", LOCALES)
def test_every_outside_fact_of_a_topic_has_its_page_and_address(client, script, locale):
    topic = script.topics["risks"]
    text = page(client, f"/listen/risks?locale={locale}")
    blocks = {b["id"]: b for kind in ("fact", "external") for b in script.sources[kind]}
    for fact in topic.facts:
        block = blocks[fact]
        if "url" in block:
            assert html.unescape(block["source_title"]) in shown(text)
            assert f'href="{html.escape(block["url"])}"' in text
    assert 'lang="en"' in text


def test_a_page_without_a_recorded_address_says_so(client, live):
    page_of_risks = listen.topic_page(
        live.release.script, live.manifest, live.release.script.topics["risks"], "en-US"
    )
    unaddressed = [source for source in page_of_risks.sources if not source.url]
    assert len(unaddressed) == 5
    text = shown(page(client, "/listen/risks?locale=en-US"))
    assert text.count("(address not recorded)") == 5


# ---------------------------------------------------------------- what can be missing


def test_an_unknown_topic_is_a_friendly_404(client):
    response = client.get("/listen/no-such-topic?locale=es-US")
    assert response.status_code == 404
    assert "Esta página no está aquí" in shown(response.text)
    assert response.headers["Cache-Control"] == "no-store"


def test_before_the_first_release_the_pages_ask_to_come_back(tmp_path):
    live = Live("http://127.0.0.1:8000", tmp_path)
    assert client_of(live).get("/listen").status_code == 503


def test_a_language_without_words_of_its_own_shows_the_first_languages(script):
    pages = {"en-US": script.pages["en-US"], "es-US": {"listen": {"listen": "Oír"}}}
    words = listen.page_words(replace(script, pages=pages), "es-US", "listen")
    assert words["listen"] == "Oír"
    assert words["skip"] == script.pages["en-US"]["listen"]["skip"]


@pytest.mark.parametrize("path", ["/listen", "/listen/risks", "/listen/no-such-topic"])
def test_scripts_that_came_without_words_for_pages_still_make_pages(script, tmp_path, path):
    live = Live("http://127.0.0.1:8000", tmp_path)
    live.release = replace(kept.served(script), script=replace(script, pages={}))
    response = client_of(live).get(path)
    assert response.status_code == (404 if path.endswith("topic") else 200)
    assert "Sample Clinic" in shown(response.text)
    assert 'href="#text">skip</a>' in response.text


def test_both_languages_have_the_same_words(script):
    for name in ("listen", "missing", "try"):
        assert script.pages["en-US"][name].keys() == script.pages["es-US"][name].keys()


def test_pages_may_be_kept_for_minutes_but_not_across_languages(client):
    response = client.get("/listen")
    assert response.headers["Cache-Control"] == "public, max-age=300"
    assert response.headers["Vary"] == "Accept-Language"
