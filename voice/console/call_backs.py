"""Call-backs: who waits to be rung, and the number for the moment somebody looks at it."""

from dataclasses import dataclass
from typing import Final

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from voice.console.desk import audited, desk, go, now, page, require, say, staff
from voice.console.names import language_of, title_of
from voice.console.paging import Paging, asked_page
from voice.seal import Seal, SealError
from voice.store import CallBack, finish_call_back, waiting_call_backs
from voice.store.audit import Entry, Wanted, entries

A_PAGE: Final = 25
RINGERS: Final = ("writer", "editor", "clinician", "manager")
"""Who rings patients. A translator need not work at the clinic."""
DEEDS: Final = ("done", "tried", "wrong")
DELETING: Final = ("done", "wrong")
"""Deeds after which the number is gone: a press alone does not do them, but asks."""
SHOWN: Final = "call-back-shown"
LOOKED_AT: Final = 1000
"""Entries of the record in which is sought who has looked at a number."""


def add(routes: Blueprint) -> None:
    """Add these pages."""
    routes.add_url_rule("/call-backs", "call_backs", call_backs)
    for deed, view in (("show", show), ("finish", finish)):
        path, endpoint = f"/call-backs/<int:number>/{deed}", f"call_back_{deed}"
        routes.add_url_rule(path, endpoint, view, methods=["POST"])


@dataclass(frozen=True)
class Number:
    """The number of one call-back, opened. Both are "" where no key here opens it."""

    id: int
    dialled: str
    written: str


@require(*RINGERS)
def call_backs() -> ResponseReturnValue:
    """Who waits, the longest waiting first, without any number."""
    return _listed()


@require(*RINGERS)
def show(number: int) -> ResponseReturnValue:
    """The same page with one number on it: an answer to a press, kept nowhere."""
    found = next((one for one in _waiting() if one.id == number), None)
    if found is None:
        return _gone()
    audited(SHOWN, f"call-back:{found.id}")
    return _listed(_opened(found))


@require(*RINGERS)
def finish(number: int) -> ResponseReturnValue:
    """Say how ringing went. "done" and "wrong" delete the number, once somebody says yes to it."""
    deed = next((one for one in DEEDS if one == request.form.get("deed")), None)
    if deed in DELETING and request.form.get("sure") != "1":
        return _ask(number, deed)
    if deed is None or not finish_call_back(desk().store, number, deed, staff().id, now()):
        return _gone()
    say(f"call_backs.was_{deed}")
    return go(_back())


def _ask(number: int, deed: str) -> ResponseReturnValue:
    """Show whose number would be deleted, and ask."""
    found = next((one for one in _waiting() if one.id == number), None)
    if found is None:
        return _gone()
    return page(
        "call_back_ask.html",
        one=found,
        deed=deed,
        looks=_looks((found,)),
        practice=_practice(),
        back=_back(),
        language_of=language_of,
        title_of=title_of,
    )


def _looks(waiting: tuple[CallBack, ...]) -> dict[int, list[Entry]]:
    """Who looked at a number, each when they last did, the newest first, by call-back: so that two
    people do not ring the same one."""
    asked = {f"call-back:{one.id}": one for one in waiting}
    looks: dict[int, dict[int | None, Entry]] = {}
    for entry in entries(desk().store, Wanted(deed=SHOWN), LOOKED_AT) if asked else ():
        one = asked.get(entry.subject)
        if one and entry.at >= one.asked_at:  # a number of an earlier one may come again
            looks.setdefault(one.id, {}).setdefault(entry.staff, entry)
    return {id: list(people.values()) for id, people in looks.items()}


def _practice() -> bool:
    """Whether the call-backs of the practice telephone are meant, which no patient asked for."""
    return (request.form if request.method == "POST" else request.args).get("practice") == "1"


def _waiting() -> tuple[CallBack, ...]:
    return waiting_call_backs(desk().store, practice=_practice())


def _back() -> str:
    return url_for("console.call_backs", practice=1 if _practice() else None)


def _gone() -> ResponseReturnValue:
    say("call_backs.gone")
    return go(_back())


def _listed(opened: Number | None = None) -> ResponseReturnValue:
    waiting = _waiting()
    ids = [one.id for one in waiting]
    number = ids.index(opened.id) // A_PAGE + 1 if opened else asked_page()
    paging = Paging(number, A_PAGE, len(waiting), _back())
    return page(
        "call_backs.html",
        waiting=waiting[paging.skipped : paging.skipped + A_PAGE],
        paging=paging,
        opened=opened,
        looks=_looks(waiting),
        practice=_practice(),
        language_of=language_of,
        title_of=title_of,
    )


def _opened(one: CallBack) -> Number:
    try:
        dialled = Seal(desk().settings.secret_keys).open(one.sealed)
    except SealError:
        return Number(one.id, "", "")
    return Number(one.id, dialled, _written(dialled))


def _written(number: str) -> str:
    """A number as people write it abroad: "+1 212-555-0134". What is none stays as it is."""
    # Its tables take memory that only a worker needs which shows a number.
    import phonenumbers

    try:
        known = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    return phonenumbers.format_number(known, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
