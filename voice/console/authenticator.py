"""One's authenticator: a telephone that shows codes, asked for after the password."""

import io
import secrets

import segno
from flask import Blueprint, Response, request, url_for
from flask.typing import ResponseReturnValue

from voice.console.account import is_theirs
from voice.console.codes import BYTES, address, secret_of, spelled, step_of
from voice.console.desk import desk, go, now, page, require, say, staff, words
from voice.console.forms import Code, Known
from voice.console.second_step import needed, opened, sealed
from voice.store.authenticators import drop_authenticator, keep_authenticator
from voice.store.staff import read_person


def add(routes: Blueprint) -> None:
    """Add these pages."""
    here = "/account/authenticator"
    routes.add_url_rule(here, "authenticator", authenticator)
    routes.add_url_rule(here, "authenticator_on", turn_on, methods=["POST"])
    routes.add_url_rule(f"{here}/off", "authenticator_off", turn_off, methods=["POST"])
    there = "/people/<int:number>/authenticator"
    routes.add_url_rule(there, "person_authenticator", turn_off_for, methods=["POST"])


@require()
def authenticator() -> ResponseReturnValue:
    """How to turn it on, or off."""
    if needed(staff()):
        return page("authenticator_off.html", form=Known(formdata=None))
    return _offered(secret_of(secrets.token_bytes(BYTES)), Code(formdata=None), 200)


def _offered(secret: str, form: Code, status: int) -> Response:
    values = {"secret": spelled(secret), "sealed": sealed(secret), "form": form}
    link = address(secret, staff().email)
    return page("authenticator.html", status, **values, link=link, square=_square(link))


def _square(link: str) -> str:
    """A code that telephones read, as SVG; black on white in every colour scheme."""
    drawn = io.BytesIO()
    kind = {"xmldecl": False, "omitsize": True, "light": "white", "svgclass": "qr"}
    segno.make(link, error="m").save(drawn, kind="svg", **kind)
    return drawn.getvalue().decode()


@require()
def turn_on() -> ResponseReturnValue:
    """Ask for codes from now on, once the telephone has shown the right one."""
    form, secret = Code(), opened(request.form.get("sealed", ""))
    if not secret:
        return go(url_for("console.authenticator"))
    step = step_of(secret, form.code.data or "", 0, now()) if form.validate() else None
    if step is None:
        form.code.errors = form.code.errors or [words()("code.wrong")]
        return _offered(secret, form, 422)
    keep_authenticator(desk().store, staff().id, sealed(secret), step, now())
    say("authenticator.is_on")
    return go(url_for("console.account"))


@require()
def turn_off() -> ResponseReturnValue:
    """Stop asking for codes, for somebody who knows the password."""
    form = Known()
    if not form.validate() or not is_theirs(form.known_password):
        return page("authenticator_off.html", 422, form=form)
    drop_authenticator(desk().store, staff().id, staff().id, now())
    say("authenticator.is_off")
    return go(url_for("console.account"))


@require("manager")
def turn_off_for(number: int) -> ResponseReturnValue:
    """Ask somebody who lost their telephone for no code any more."""
    person = read_person(desk().store, number)
    drop_authenticator(desk().store, number, staff().id, now())
    say("authenticator.is_off_for", name=person.name)
    return go(url_for("console.person", number=number))
