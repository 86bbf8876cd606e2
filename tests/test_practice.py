"""/try: real calls and texts for the page itself, and for nobody else."""

import html
import json
import re
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, get_args

import pytest
from flask import Flask, Response, request
from flask.testing import FlaskClient
from itsdangerous import TimestampSigner, URLSafeTimedSerializer

from tests.house import ROOT, House, house, settings_in
from voice import booth, practice
from voice.phone import HungUp, Phone, Played, Rung, Said
from voice.script import Script
from voice.showing import heard_rows, locale_of_text

LOCALES = ("en-US", "es-US")
LABELLED = ("elsewhere", "length", "wrong")
"""The problems that are told with an address or a number."""


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(settings_in(tmp_path_factory.mktemp("instance"))) as opened:
        yield opened


class Page:
    """The page a person has open, as its script sees it."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.source = client.get("/try").text
        self.token = html.unescape(re.search(r'data-page="([^"]*)"', self.source)[1])
        self.call = ""

    def post(self, path: str, fields: Any, **headers: str) -> Any:
        return self.client.post(path, json=fields, headers=headers)

    def do(self, deed: str, value: str = "") -> dict[str, Any]:
        fields = {"page": self.token, "call": self.call, "do": deed, "value": value}
        response = self.post("/try/call", fields)
        assert response.status_code == 200, response.text
        self.call = response.json["call"]
        return response.json

    def text(self, body: str) -> dict[str, Any]:
        response = self.post("/try/text", {"page": self.token, "body": body})
        assert response.status_code == 200, response.text
        return response.json


@pytest.fixture
def page(line: House) -> Page:
    return Page(line.app.test_client())


def words(answer: dict[str, Any]) -> str:
    return " ".join(row["words"] for row in answer["heard"] if "words" in row)


# ---------------------------------------------------------------- a call


def test_a_call_reaches_a_topic_with_real_clips_and_their_words(page, script):
    page.do("dial")
    page.do("press", "1")
    answer = page.do("press", "3")
    assert (answer["stage"], answer["speech"]) == ("listening", False)
    assert script.topics["risks"].wording["en-US"].main_message in words(answer)
    for row in answer["heard"]:
        assert row["kind"] == "clip"
        assert row["stops"]
        assert row["locale"] == "en-US"
        assert (ROOT / row["src"].lstrip("/")).is_file()


def test_the_opening_is_captioned_in_each_language_it_is_spoken_in(page):
    answer = page.do("dial")
    assert {row["locale"] for row in answer["heard"]} == set(LOCALES)
    assert answer["waits"] >= 10
    assert answer["speech"]


def test_words_and_silence_reach_the_line(page, script):
    page.do("dial")
    page.do("press", "2")
    answer = page.do("say", "riesgos")
    assert script.topics["risks"].wording["es-US"].main_message in words(answer)
    before = words(answer)
    assert words(page.do("silence")) != before


def test_a_transfer_rings_and_the_person_at_the_page_answers_it(page, script):
    page.do("dial")
    page.do("press", "1")
    page.do("press", "0")
    answer = page.do("silence")
    assert answer["stage"] == "dialing"
    assert answer["heard"][-1] == {"kind": "dialed", "number": script.line.person.written}
    answer = page.do("answer", "busy")
    assert script.prompts["en-US"].call["transfer_busy"] in words(answer)


def test_hanging_up_ends_the_call_and_no_key_counts_any_more(page):
    page.do("dial")
    answer = page.do("hang-up")
    assert answer["stage"] == "over"
    assert answer["heard"] == [{"kind": "hung-up", "by": "caller"}]
    fields = {"page": page.token, "call": page.call, "do": "press", "value": "1"}
    assert page.post("/try/call", fields).status_code == 409


def test_words_without_a_clip_are_shown_for_as_long_as_they_take_to_read(tmp_path):
    settings = replace(settings_in(tmp_path), audio=tmp_path / "no-clips")
    with house(settings) as silent:
        answer = Page(silent.app.test_client()).do("dial")
    assert {row["kind"] for row in answer["heard"]} == {"said"}
    assert all(row["seconds"] > 1 for row in answer["heard"])


# ---------------------------------------------------------------- texts


@pytest.mark.parametrize(("word", "locale"), [("risks", "en-US"), ("riesgos", "es-US")])
def test_a_text_is_answered_with_its_cost_and_its_language(page, script, word, locale):
    reply = page.text(word)["replies"][0]
    assert reply["body"].startswith(script.line.name[locale])
    assert reply["locale"] == locale
    assert 1 <= reply["segments"] <= 3


def test_each_page_is_somebody_else(line):
    first, second = (Page(line.app.test_client()) for _ in range(2))
    again = [first.text("risks")["replies"] for _ in range(2)]
    assert len(again[0]) >= len(again[1])
    assert second.text("risks")["replies"] == again[0]


@pytest.mark.parametrize("locale", LOCALES)
def test_the_language_of_every_text_is_told(script: Script, locale: str):
    texts = [text for topic in script.topics.values() for text in topic.wording[locale].texts]
    for text in (*texts, *script.prompts[locale].message.values()):
        assert locale_of_text(script, text) == locale


def test_a_text_twilio_answers_itself_is_told_apart(page):
    stop = page.text("STOP")
    assert (stop["replies"], stop["by_twilio"]) == ([], True)
    assert page.text("risks")["by_twilio"] is False


def test_where_the_line_answers_every_word_nothing_is_left_to_twilio(tmp_path):
    with house(settings_in(tmp_path, CARRIER_KEYWORDS="line")) as opened:
        page = Page(opened.app.test_client())
        first, again = page.text("STOP"), page.text("STOP")
    assert (len(first["replies"]), first["by_twilio"]) == (1, False)
    assert (again["replies"], again["by_twilio"]) == ([], False)


# ---------------------------------------------------------------- what would be sent


class Shower:
    """A door that answers as it is told, and shows what it would send or start."""

    def __init__(self, line: House) -> None:
        self.answers: dict[str, tuple[str, list[dict[str, Any]]]] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.url = line.settings.public_url
        app = Flask("voice", template_folder="templates")
        app.register_blueprint(practice.blueprint(line.settings, line.live))
        app.add_url_rule("/<path:path>", "line", self.answer, methods=["POST"])
        self.page = Page(app.test_client())

    def answer(self, path: str) -> Response:
        self.asked.append((path, request.form.to_dict()))
        verbs, rows = self.answers.get(path, ("", []))
        body = f"<Response>{verbs}</Response>"
        shown = urlsafe_b64encode(json.dumps(rows).encode()).decode()
        return Response(body, 200, {"Kypholine-Shown": shown}, mimetype="text/xml")


@pytest.fixture
def shower(line: House) -> Shower:
    return Shower(line)


def test_an_answer_of_the_lines_is_never_twilios(shower):
    shower.answers = {"sms": ("<Message>Stopped.</Message>", [])}
    assert shower.page.text("STOP")["by_twilio"] is False


def test_a_text_that_a_key_would_have_sent_is_shown_with_its_cost(shower, script):
    body = script.topics["risks"].wording["es-US"].texts[0]
    row = {"to": "+12125550123", "body": body, "url": ""}
    gather = '<Gather numDigits="1" action="/six"/>'
    shower.answers = {"voice": (gather, []), "six": (gather, [{"kind": "text", **row}])}
    assert shower.page.do("dial")["shown"] == []
    answer = shower.page.do("press", "6")
    (shown,) = answer["shown"]
    assert shown.pop("segments") >= 1
    assert shown == {
        "kind": "text",
        "to": "212-555-0123",
        "body": body,
        "media": [],
        "locale": "es-US",
    }
    assert answer["heard"] == []


def ring(shower: Shower) -> dict[str, Any]:
    row = {"to": "whatsapp:+12125550123", "body": "", "url": f"{shower.url}/voice/ring"}
    shower.answers = {
        "sms": ("<Message>Wait.</Message>", [{"kind": "call", **row}]),
        "voice/ring": ('<Say>Hello</Say><Gather numDigits="1" action="/x"/>', []),
    }
    return shower.page.text("CALL ME")


@pytest.mark.parametrize(
    ("who", "answered_by"), [("person", "human"), ("machine", "machine_end_beep")]
)
def test_a_call_that_a_text_asked_for_can_be_taken(shower, who, answered_by):
    answer = ring(shower)
    assert [reply["body"] for reply in answer["replies"]] == ["Wait."]
    (shown,) = answer["shown"]
    assert (shown["kind"], shown["to"]) == ("call", "212-555-0123")
    assert shower.url not in shown["ring"]
    shower.page.call = shown["ring"]
    assert words(shower.page.do("take", who)) == "Hello"
    path, fields = shower.asked[-1]
    assert (path, fields["AnsweredBy"]) == ("voice/ring", answered_by)
    assert fields["Direction"] == "outbound-api"
    assert words(shower.page.do("press", "1")) == ""
    assert shower.asked[-2][1]["Digits"] == "1"


def test_the_digits_of_a_number_belong_to_one_line():
    phone = Phone(lambda *_: pytest.fail("nothing is asked"), "https://line.example", "token")
    digits = (Played("", "two", "en-US"), Played("", "one", "en-US"))
    rows = heard_rows(phone, (*digits, Said("Now", "en-US"), Rung("+1", ""), HungUp("line")))
    assert [row.get("joins", False) for row in rows] == [False, True, False, False]


@pytest.mark.parametrize("token", ["", "forged", "https://evil.example/voice"])
def test_a_call_nobody_announced_can_not_be_taken(shower, token):
    ring(shower)
    fields = {"page": shower.page.token, "call": token, "do": "take", "value": "person"}
    assert shower.page.post("/try/call", fields).status_code == 403


def test_where_a_call_stands_is_no_call_to_take(shower):
    ring(shower)
    shower.answers["voice"] = ("<Gather/>", [])
    shower.page.do("dial")
    fields = {"page": shower.page.token, "call": shower.page.call, "do": "take", "value": "person"}
    assert shower.page.post("/try/call", fields).status_code == 403


def test_the_keys_of_a_number_are_told_while_it_is_typed(shower):
    number = '<Gather numDigits="3" timeout="8" action="/next"><Say>Your number?</Say></Gather>'
    shower.answers = {"voice": (number, []), "next": ("<Say>Thanks</Say><Gather/>", [])}
    assert shower.page.do("dial")["typed"] == ""
    assert [shower.page.do("press", key)["typed"] for key in "212"] == ["2", "21", ""]
    assert shower.asked[-1][1]["Digits"] == "212"


# ---------------------------------------------------------------- who may


@pytest.mark.parametrize("path", ["/try", "/try/", "/try/call", "/try/text"])
def test_a_line_the_world_can_reach_has_a_practice_phone_for_staff_alone(tmp_path, path):
    is_page = path in ("/try", "/try/")
    with house(settings_in(tmp_path, PUBLIC_URL="https://line.example.org")) as public:
        client = public.app.test_client()
        answer = client.get(path) if is_page else client.post(path, json={})
    assert answer.status_code == (303 if is_page else 401)
    assert is_page or answer.json["why"] == "ended"
    assert "data-page" not in answer.text


@pytest.mark.parametrize("path", ["/try", "/try/"])
def test_a_name_that_only_points_here_is_refused(line, path):
    client = line.app.test_client()
    assert client.get(path, base_url="http://localhost:8000").status_code == 200
    assert client.get(path, base_url="http://evil.example:8000").status_code == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "none"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"}, 200),
        ({}, 200),
    ],
    ids=["cross-site", "typed", "origin", "null", "own", "old-browser"],
)
def test_only_the_page_itself_may_ask(line, page, headers, status):
    fields = {"page": page.token, "call": "", "do": "dial", "value": ""}
    answer = page.post("/try/call", fields, **headers)
    assert answer.status_code == status
    if status == 403:
        place = f"{line.settings.public_url}/try"
        assert (answer.json["why"], answer.json["label"]) == ("elsewhere", place)


@pytest.mark.parametrize(
    ("body", "kind", "status", "why"),
    [
        ("page=x", "application/x-www-form-urlencoded", 415, "unknown"),
        ("{", "application/json", 400, "unknown"),
        ("[]", "application/json", 400, "unknown"),
        ('{"page": 1}', "application/json", 400, "unknown"),
        ('{"page": %s}' % ("9" * 9000), "application/json", 400, "unknown"),
        ('{"page": NaN}', "application/json", 400, "unknown"),
        ('{"page": null}', "application/json", 400, "unknown"),
        ("NaN", "application/json", 400, "unknown"),
        ("[" * 9000, "application/json", 400, "unknown"),
        ('{"page":' * 5000, "application/json", 400, "unknown"),
        ('{"page": "\\ud800"}', "application/json", 400, "unknown"),
        ('{"\\udfff": ""}', "application/json", 400, "unknown"),
        (b'{"page": "\xff"}', "application/json", 400, "unknown"),
        ("{}", "application/json", 403, "old"),
        ('{"page": "forged"}', "application/json", 403, "old"),
    ],
    ids=[
        "form",
        "broken",
        "list",
        "number",
        "long-number",
        "no-number",
        "null",
        "no-object",
        "deep-list",
        "deep-object",
        "half-a-character",
        "half-a-name",
        "no-utf-8",
        "no-token",
        "forged",
    ],
)
@pytest.mark.parametrize("path", ["/try/call", "/try/text"])
def test_what_the_page_would_not_send_is_refused_in_words(page, path, body, kind, status, why):
    answer = page.client.post(path, data=body, content_type=kind)
    assert (answer.status_code, answer.json["why"]) == (status, why)
    assert answer.json["problem"]


@pytest.mark.parametrize(
    ("deed", "value", "status", "why"),
    [
        ("press", "12", 409, "now"),
        ("say", "", 400, "length"),
        ("say", "a" * (booth.MOST_WORDS + 1), 400, "length"),
        ("answer", "completed", 409, "now"),
        ("answer", "sung", 400, "unknown"),
        ("take", "nobody", 400, "unknown"),
        ("dance", "", 400, "unknown"),
    ],
    ids=[
        "two-keys",
        "no-words",
        "long-words",
        "nobody-rings",
        "no-answer-like-it",
        "nobody-takes-it",
        "no-deed",
    ],
)
def test_what_nobody_can_do_is_refused(page, deed, value, status, why):
    page.do("dial")
    fields = {"page": page.token, "call": page.call, "do": deed, "value": value}
    answer = page.post("/try/call", fields)
    assert (answer.status_code, answer.json["why"]) == (status, why)
    assert answer.json["problem"]


def test_a_call_nobody_signed_is_refused(page):
    page.do("dial")
    forged = page.call[:-2] + ("AA" if page.call[-2:] != "AA" else "BB")
    fields = {"page": page.token, "call": forged, "do": "press", "value": "1"}
    assert page.post("/try/call", fields).status_code == 403


@pytest.mark.parametrize("body", ["", "   ", "a" * (booth.MOST_WORDS + 1)])
def test_a_text_has_some_words_but_not_too_many(page, body):
    answer = page.post("/try/text", {"page": page.token, "body": body})
    assert answer.status_code == 400
    assert (answer.json["why"], answer.json["label"]) == ("length", str(booth.MOST_WORDS))


def test_a_page_left_open_for_days_has_to_be_loaded_again(line, page):
    class DaysAgo(TimestampSigner):
        def get_timestamp(self) -> int:
            return int(time.time()) - 2 * 24 * 3600

    key = line.settings.secret_key
    old = URLSafeTimedSerializer(key, salt="practice page", signer=DaysAgo).dumps("+12125550100")
    answer = page.post("/try/text", {"page": old, "body": "risks"})
    assert (answer.status_code, answer.json["why"]) == (403, "old")


@pytest.mark.parametrize("path", ["/try/call", "/try/text"])
def test_nothing_is_done_by_following_a_link(page, path):
    assert page.client.get(path).status_code == 405


def test_before_the_first_release_there_is_nothing_to_try(tmp_path):
    settings = settings_in(tmp_path)
    with house(settings) as opened:
        opened.live.release = None
        assert opened.app.test_client().get("/try").status_code == 503


def test_scripts_that_came_without_words_for_the_page_have_no_page(tmp_path, script):
    with house(settings_in(tmp_path)) as opened:
        opened.live.release = replace(opened.live.release, script=replace(script, pages={}))
        assert opened.app.test_client().get("/try").status_code == 404


def test_a_line_that_answers_wrongly_is_told_in_words(tmp_path):
    settings = settings_in(tmp_path)
    with house(settings) as opened:
        page = Page(opened.app.test_client())
        release = opened.live.release
        opened.live.release = replace(release, replies=dict.fromkeys(release.replies, b"<oops/>"))
        fields = {"page": page.token, "call": "", "do": "dial", "value": ""}
        answer = page.post("/try/call", fields)
    assert answer.status_code == 502
    assert (answer.json["why"], answer.json["label"]) == ("wrong", "12102")
    assert answer.json["problem"].startswith("12102")


# ---------------------------------------------------------------- the page


@pytest.mark.parametrize("locale", LOCALES)
def test_the_page_is_in_the_language_asked_for_and_has_all_its_words(line, locale):
    text = line.app.test_client().get(f"/try?locale={locale}").text
    assert f'<html lang="{locale}">' in text
    data = html.unescape(re.search(r'data-words="([^"]*)"', text)[1])
    assert json.loads(data) == line.live.release.script.pages[locale]["try"]
    assert not re.search(r"<(button|label|h\d)[^>]*>\s*</\1>", text)


def test_the_page_says_what_each_fixed_key_means(page, script):
    for meaning, key in script.keys.items():
        button = re.search(rf'data-key="{re.escape(key)}".*?</button>', page.source, re.DOTALL)[0]
        assert script.pages["en-US"]["try"][f"key_{meaning}"] in button


def test_no_script_or_style_stands_in_the_page_and_no_key_of_ours(line, page):
    scripts = re.findall(r"<script[^>]*>", page.source)
    assert scripts == ['<script src="/static/try.js" defer>']
    assert not re.search(r"\sstyle=|\son\w+=|<style", page.source)
    assert line.settings.instance_token not in page.source


def test_every_word_the_script_uses_is_written(script):
    code = (ROOT / "voice" / "static" / "try.js").read_text("utf-8")
    used = set(re.findall(r"\bwords\.([a-z_]+)", code))
    assert used
    assert used <= script.pages["en-US"]["try"].keys()


@pytest.mark.parametrize("why", get_args(booth.Why))
def test_every_problem_is_told_in_every_language(script: Script, why: str):
    told = [script.pages[locale]["try"][f"why_{why}"] for locale in LOCALES]
    assert len(set(told)) == len(LOCALES)
    assert {text.count("{label}") for text in told} == {int(why in LABELLED)}


@pytest.mark.parametrize("most", [True, False], ids=["highest", "lowest"])
def test_the_numbers_of_pages_are_kept_for_fiction(most):
    def below(limit: int) -> int:
        return limit - 1 if most else 0

    number = booth._fictional_number(below)
    assert re.fullmatch(r"\+1[2-9][0-8]\d55501\d\d", number)
