"""One's own account: name, language, password."""

from flask import Blueprint, Response, flash, url_for
from flask.typing import ResponseReturnValue
from wtforms import PasswordField

from voice.console.cookies import give_token
from voice.console.desk import desk, go, now, page, require, say, staff, words
from voice.console.forms import ChangedPassword, Profile
from voice.console.proof import Refused, proven
from voice.console.second_step import needed
from voice.console.signing import begin
from voice.console.words import words_in
from voice.store.staff import NameTaken, set_password, set_profile


def add(routes: Blueprint) -> None:
    """Add these pages."""
    routes.add_url_rule("/account", "account", account)
    routes.add_url_rule("/account/profile", "profile", profile, methods=["POST"])
    routes.add_url_rule("/account/password", "password", password, methods=["POST"])


@require()
def account() -> ResponseReturnValue:
    """What the account says."""
    return _shown()


def _shown(
    about: Profile | None = None, secret: ChangedPassword | None = None, status: int = 200
) -> Response:
    known = {"name": staff().name, "locale": staff().locale}
    about = about or Profile(formdata=None, data=known)
    secret = secret or ChangedPassword(formdata=None)
    openid = bool(desk().settings.openid.issuer)
    return page(
        "account.html", status, about=about, secret=secret, codes=needed(staff()), openid=openid
    )


@require()
def profile() -> ResponseReturnValue:
    """Keep another name, if it is nobody else's, or another language."""
    form = Profile()
    if not form.validate():
        return _shown(about=form, status=422)
    name, locale = form.name.data, form.locale.data
    try:
        set_profile(desk().store, staff().id, name, locale, staff().id, now())
    except NameTaken:
        form.name.errors = [words()("errors.name_taken")]
        return _shown(about=form, status=422)
    flash(words_in(locale)("account.saved"))  # the next page is in the language just chosen
    return go(url_for("console.account"))


@require()
def password() -> ResponseReturnValue:
    """Keep another password; sessions elsewhere end, and a new one begins here."""
    form = ChangedPassword()
    form.own = (staff().name, staff().email)
    if not form.validate() or not is_theirs(form.current_password):
        return _shown(secret=form, status=422)
    hashed = desk().passwords.hashed(form.new_password.data)
    set_password(desk().store, staff().id, hashed, staff().id, now())
    say("account.changed")
    response = go(url_for("console.account"))
    give_token(response, desk().settings, begin(staff()))
    return response


def is_theirs(field: PasswordField) -> bool:
    """Whether they know the password in use; the field tells why not."""
    try:
        proven(staff().email, field.data)
    except Refused as refusal:
        wrong = words()("errors.password_now")
        field.errors = [wrong if refusal.status == 422 else str(refusal)]
        return False
    return True
