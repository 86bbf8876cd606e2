"""People: who works here, what they may do, and the links that let them in."""

from flask import Blueprint, Response, url_for
from flask.typing import ResponseReturnValue

from voice.console.desk import desk, go, now, page, require, say, staff, words
from voice.console.duties import every, told
from voice.console.forms import Invitation, Roles
from voice.console.second_step import needed
from voice.store.sessions import Purpose, make_link
from voice.store.staff import (
    EmailTaken,
    LastManager,
    NameTaken,
    Newcomer,
    NoSuchPerson,
    Person,
    add_person,
    everyone,
    read_person,
    set_active,
    set_roles,
)


def add(routes: Blueprint) -> None:
    """Add these pages."""
    routes.add_url_rule("/people", "people", people)
    routes.add_url_rule("/people/invite", "invite", invite, methods=["GET", "POST"])
    routes.add_url_rule("/people/<int:number>", "person", person)
    for deed, view in (
        ("roles", roles),
        ("deactivate", deactivate),
        ("activate", activate),
        ("link", new_link),
    ):
        path, endpoint = f"/people/<int:number>/{deed}", f"person_{deed}"
        routes.add_url_rule(path, endpoint, view, methods=["POST"])
    routes.register_error_handler(NoSuchPerson, _nobody)


def _nobody(problem: NoSuchPerson) -> ResponseReturnValue:
    return page("problem.html", 404, kind="gone")


@require("manager")
def people() -> ResponseReturnValue:
    """Everyone who has an account."""
    return page("people.html", people=everyone(desk().store), duties=tuple(every()))


# Letting somebody in -----------------------------------------------------------------------------


@require("manager")
def invite() -> ResponseReturnValue:
    """Make an account, and show the link that opens it, once."""
    form = Invitation(data={"locale": staff().locale})
    if not form.is_submitted():
        return page("invite.html", form=form, duties=told)
    if not form.validate():
        return page("invite.html", 422, form=form, duties=told)
    newcomer = Newcomer(form.email.data, form.name.data, tuple(form.roles.data), form.locale.data)
    try:
        made = add_person(desk().store, newcomer, staff().id, now())
    except EmailTaken:
        form.email.errors = [words()("errors.email_taken")]
    except NameTaken:
        form.name.errors = [words()("errors.name_taken")]
    else:
        return _with_link(made, "invite")
    return page("invite.html", 422, form=form, duties=told)


@require("manager")
def new_link(number: int) -> ResponseReturnValue:
    """Make a link for somebody who lost theirs, or their password, and show it, once."""
    person = read_person(desk().store, number)
    if not person.active:
        return _shown(person, refused="no_link")
    return _with_link(person, "password" if person.has_password else "invite")


def _with_link(person: Person, purpose: Purpose) -> Response:
    token = desk().token()
    ends = make_link(desk().store, token, person.id, purpose, staff().id, now())
    address = desk().settings.public_url + url_for("console.link", token=token)
    return page("invited.html", person=person, address=address, ends=ends)


# One person --------------------------------------------------------------------------------------


@require("manager")
def person(number: int) -> ResponseReturnValue:
    """What is known of a person, and what may be changed."""
    return _shown(read_person(desk().store, number))


def _shown(person: Person, form: Roles | None = None, refused: str = "") -> Response:
    form = form or Roles(formdata=None, data={"roles": person.roles})
    status = 422 if form.errors or refused else 200
    values = {"form": form, "refused": refused, "codes": needed(person), "duties": told}
    return page("person.html", status, person=person, **values)


@require("manager")
def roles(number: int) -> ResponseReturnValue:
    """Give a person exactly the roles that were chosen."""
    person, form = read_person(desk().store, number), Roles()
    if not form.validate():
        return _shown(person, form)
    try:
        set_roles(desk().store, number, form.roles.data, staff().id, now())
    except LastManager:
        return _shown(person, refused="last_manager")
    say("person.saved_roles", name=person.name)
    if number == staff().id and "manager" not in form.roles.data:
        return go(url_for("console.home"))
    return go(url_for("console.person", number=number))


@require("manager")
def deactivate(number: int) -> ResponseReturnValue:
    """Let a person in no more."""
    person = read_person(desk().store, number)
    try:
        set_active(desk().store, number, False, staff().id, now())
    except LastManager:
        return _shown(person, refused="last_manager")
    say("person.deactivated", name=person.name)
    return go(url_for("console.person", number=number))


@require("manager")
def activate(number: int) -> ResponseReturnValue:
    """Let a person in again."""
    person = read_person(desk().store, number)
    set_active(desk().store, number, True, staff().id, now())
    say("person.activated", name=person.name)
    return go(url_for("console.person", number=number))
