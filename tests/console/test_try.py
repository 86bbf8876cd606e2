"""The practice telephone of a line the world can reach: for who is signed in, and nobody else."""

import html
import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from tests.console.conftest import WORD, hashed
from tests.house import OPEN, House, house, settings_in
from voice.store import Store, open_store
from voice.store.staff import Newcomer, add_person, set_password

PUBLIC = "https://line.example.org"
OWN = {"Origin": PUBLIC, "Sec-Fetch-Site": "same-origin"}


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(settings_in(tmp_path_factory.mktemp("instance"), PUBLIC_URL=PUBLIC)) as opened:
        yield opened


@pytest.fixture(scope="module")
def store(line: House) -> Iterator[Store]:
    opened = open_store(line.settings.database_url)
    made = add_person(opened, Newcomer("me@x.org", "Me", ("manager",), "en"), None, OPEN)
    set_password(opened, made.id, hashed(), None, OPEN)
    yield opened
    opened.close()


@pytest.fixture
def client(line: House, store: Store) -> FlaskClient:
    """A browser somebody signed in with, on the way to /try."""
    client = line.app.test_client()
    where = client.get("/try", base_url=PUBLIC).location
    assert where == "/console/sign-in?next=/try"
    page = client.get(where, base_url=PUBLIC).text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
    fields = {"csrf_token": token, "email": "me@x.org", "password": WORD, "next": "/try"}
    answer = client.post("/console/sign-in", data=fields, headers=OWN, base_url=PUBLIC)
    assert answer.location == "/try"
    return client


def dial(client: FlaskClient, page: str, scheme: str = "https") -> int:
    """Call, as the page's script does; behind a proxy that ends https the line is asked by http."""
    token = html.unescape(re.search(r'data-page="([^"]*)"', page)[1])
    fields = {"page": token, "call": "", "do": "dial", "value": ""}
    asked = {"base_url": PUBLIC, "environ_overrides": {"wsgi.url_scheme": scheme}}
    return client.post("/try/call", json=fields, headers=OWN, **asked).status_code


@pytest.mark.parametrize("scheme", ["https", "http"])
def test_who_is_signed_in_may_call(client: FlaskClient, scheme: str):
    page = client.get("/try", base_url=PUBLIC)
    assert page.status_code == 200
    cookie = client.get_cookie("__Host-staff", domain="line.example.org")
    client.set_cookie("__Host-staff", cookie.value, domain="line.example.org")
    assert dial(client, page.text, scheme) == 200


def test_who_is_signed_out_may_not_even_with_a_page_still_open(client: FlaskClient):
    page = client.get("/try", base_url=PUBLIC).text
    client.delete_cookie("__Host-staff", domain="line.example.org")
    assert client.get("/try", base_url=PUBLIC).status_code == 303
    assert dial(client, page) == 401


def test_an_ended_session_opens_it_no_more(client: FlaskClient, store: Store):
    assert client.get("/try", base_url=PUBLIC).status_code == 200
    set_password(store, 1, hashed(), None, OPEN)
    assert client.get("/try", base_url=PUBLIC).status_code == 303
