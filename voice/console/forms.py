"""The console's forms: fields, what is asked of them, and what is wrong told in words."""

import re
from datetime import date
from typing import Any, Final

from flask_wtf import FlaskForm
from wtforms import PasswordField, RadioField, SelectMultipleField, StringField
from wtforms.validators import StopValidation

from voice.console import passwords
from voice.console.desk import desk, words
from voice.console.words import LANGUAGES
from voice.store.staff import ROLES

_SIGN: Final = r"""[^@\s<>()\[\],;:"\\]"""
_EMAIL: Final = re.compile(rf"{_SIGN}+@{_SIGN}+\.(?:(?!\.){_SIGN})+")
_LONGEST_EMAIL: Final = 254
_LONGEST_NAME: Final = 120


def wrong(key: str, **values: object) -> StopValidation:
    """What a check raises: words called errors.KEY."""
    return StopValidation(words()(f"errors.{key}", **values))


class Filled:
    """A check: something is in the field. Any text but spaces."""

    field_flags: Final = {"required": True}

    def __init__(self, key: str) -> None:
        self._key = key

    def __call__(self, form: FlaskForm, field: Any) -> None:
        """Raise what is wrong with the field."""
        if not str(field.data or "").strip():
            raise wrong(self._key)


def is_email(text: str) -> bool:
    """Whether this can be somebody's e-mail address."""
    fits = len(text) <= _LONGEST_EMAIL and text.isprintable()
    return fits and _EMAIL.fullmatch(text) is not None


def is_name(text: str) -> bool:
    """Whether this can stand on a line as somebody's name."""
    return 0 < len(text.strip()) <= _LONGEST_NAME and text.isprintable()


def an_email(form: FlaskForm, field: Any) -> None:
    """A check: this can be somebody's e-mail address."""
    if not is_email(str(field.data or "").strip()):
        raise wrong("email")


def a_name(form: FlaskForm, field: Any) -> None:
    """A check: this can stand on a line as somebody's name."""
    text = str(field.data or "").strip()
    if not text:
        raise wrong("name")
    if len(text) > _LONGEST_NAME:
        raise wrong("name_long")
    if not text.isprintable():
        raise wrong("name_signs")


def some_roles(form: FlaskForm, field: Any) -> None:
    """A check: one role at least, and only those there are."""
    if not field.data or set(field.data) - set(ROLES):
        raise wrong("roles")


def a_language(form: FlaskForm, field: Any) -> None:
    """A check: one of the languages there are."""
    if field.data not in LANGUAGES:
        raise wrong("locale")


def a_new_password(form: FlaskForm, field: Any) -> None:
    """A check: a password that is not among the first to be guessed; `form.own` is the person's."""
    text = str(field.data or "")
    found = passwords.problem(text, getattr(form, "own", ()), _about())
    if found:
        raise wrong(found, number=len(text))


def _about() -> tuple[str, ...]:
    """What the line is about: the clinic's names, and what its topics are called."""
    release = desk().live.release
    if release is None:
        return ()
    script = release.script
    wordings = (one for topic in script.topics.values() for one in topic.wording.values())
    return (*script.line.name.values(), *(one.title for one in wordings))


def a_date(text: str) -> date | None:
    """The day written as 2027-01-31; None for "". ValueError for anything else."""
    return date.fromisoformat(text.strip()) if text.strip() else None


class SignIn(FlaskForm):
    """Who wants in."""

    email = StringField(validators=[Filled("email")])
    password = PasswordField(validators=[Filled("password")])


class Code(FlaskForm):
    """A code of an authenticator."""

    code = StringField(validators=[Filled("code")])


class Known(FlaskForm):
    """The current password, typed by the person signed in."""

    known_password = PasswordField(validators=[Filled("password")])


class NewPassword(FlaskForm):
    """A first password, or another one after a link."""

    own: tuple[str, ...] = ()
    password = PasswordField(validators=[a_new_password])


class ChangedPassword(FlaskForm):
    """Another password, from somebody who knows the current one."""

    own: tuple[str, ...] = ()
    current_password = PasswordField(validators=[Filled("password")])
    new_password = PasswordField(validators=[a_new_password])


class Profile(FlaskForm):
    """What a person is called, and reads these pages in."""

    name = StringField(validators=[a_name])
    locale = RadioField(validators=[a_language], choices=LANGUAGES, validate_choice=False)


class Roles(FlaskForm):
    """What a person may do."""

    roles = SelectMultipleField(validators=[some_roles], choices=ROLES, validate_choice=False)


class Invitation(FlaskForm):
    """Who is to get an account."""

    name = StringField(validators=[a_name])
    email = StringField(validators=[an_email])
    roles = SelectMultipleField(validators=[some_roles], choices=ROLES, validate_choice=False)
    locale = RadioField(validators=[a_language], choices=LANGUAGES, validate_choice=False)
