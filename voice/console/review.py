"""Reviewing: what waits, and one subject to read, to send, to send back, to approve."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from flask import Blueprint, Response, abort, request, url_for
from flask.typing import ResponseReturnValue

from voice.console.behind import locales_behind
from voice.console.confirming import fresh
from voice.console.desk import audited, desk, go, now, page, require, say, staff, words
from voice.console.drafting import Desktop, live_script, me, opened
from voice.console.findings import found
from voice.console.layout import title
from voice.console.names import language_in_words, language_of
from voice.console.notes import breaches, fallen_behind
from voice.console.reading import BACKERS, SENDERS, Sheet, may_send, sheet
from voice.console.renamed import signer
from voice.console.sheets import shown
from voice.console.standing import Board, Stand, board, refusal
from voice.draft.field import TooLong, seen
from voice.draft.fields import NoSuchField
from voice.draft.review import REFUSALS, SENDER, SIGNERS, NotNow
from voice.draft.subjects import spoken, subjects
from voice.store.remarks import Said, remarks, settle_remark
from voice.store.reviews import Place, send, send_back, sign

LONGEST: Final = 2_000
"""Characters in a comment."""


def add(routes: Blueprint) -> None:
    """Add these pages."""
    routes.add_url_rule("/review", "reviews", review)
    routes.add_url_rule("/review/<path:subject>", "review_subject", review_subject)
    for deed, view in (("send", send_words), ("back", send_words_back), ("sign", sign_words)):
        path = f"/review/<path:subject>/{deed}"
        routes.add_url_rule(path, f"review_{deed}", view, methods=["POST"])
    path = "/review/remarks/<int:number>/settle"
    routes.add_url_rule(path, "review_settle", settle, methods=["POST"])


@dataclass(frozen=True)
class Line:
    """A subject in a list. `remarks` counts those nobody has dealt with; `behind` are languages."""

    subject: str
    title: str
    stands: tuple[Stand, ...]
    remarks: int
    behind: tuple[str, ...] = ()


@dataclass(frozen=True)
class Task:
    """Words that wait for a signature of the reader."""

    subject: str
    title: str
    language: str
    roles: tuple[str, ...]


@require()
def review() -> ResponseReturnValue:
    """Everything in work, and what is live and not signed by all who must."""
    here = board()
    said = [one.subject for one in remarks(desk().store)]
    late = locales_behind(here.script.files, here.work)
    lines = [_line(here, name, said.count(name), late.get(name, ())) for name in here.in_work]
    heard, pending = here.as_heard, {one.subject for one in here.pending}
    return page(
        "review.html",
        tasks=tuple(_tasks(here, lines)),
        lines=lines,
        unsigned=[_line(heard, one, 0) for one in subjects(here.script) if one in pending],
        languages_of_line=[(one, language_of(one)) for one in here.script.locales],
    )


def _line(here: Board, subject: str, said: int, late: tuple[str, ...] = ()) -> Line:
    behind = tuple(map(language_in_words, late))
    return Line(subject, title(subject), here.stands(subject), said, behind)


def _tasks(here: Board, lines: list[Line]) -> Iterator[Task]:
    me = staff()
    for line in lines:
        for stand in line.stands:
            asked = stand.missing if stand.state == "sent" else ()
            roles = tuple(
                role for role in asked if me.holds(role) and not refusal(stand, here, role, me)
            )
            if roles:
                yield Task(line.subject, line.title, language_of(stand.locale), roles)


@require()
def review_subject(subject: str) -> ResponseReturnValue:
    """The exact words of a subject, and what may be done with them."""
    return _shown(subject)


@dataclass(frozen=True)
class Wrong:
    """What was wrong with a form: words, the field's id, and what was typed."""

    told: str
    at: str = ""
    locale: str = ""
    typed: dict[str, str] = field(default_factory=dict)


def _shown(subject: str, status: int = 200, wrong: Wrong | None = None) -> Response:
    desktop, here = opened(subject), board()
    said = remarks(desk().store, subject, settled=True)
    told, language = found(desktop, _files(desktop)), words().language
    stands = here.stands(subject)
    return page(
        "review_subject.html",
        status,
        subject=subject,
        title_of_subject=title(subject),
        sheets=[sheet(desktop, here, one, language, said, told) for one in stands],
        in_work=bool(here.work.of(subject)),
        found=told,
        behind=fallen_behind(desktop),
        others=breaches(one for one in told.every if one.locale not in here.script.locales),
        hear=_hear(subject),
        fresh=fresh(subject),
        language_of=language_of,
        language_in_words=language_in_words,
        shown=shown,
        signer=signer(),
        wrong=wrong,
    )


def _hear(subject: str) -> str:
    """Where the words in work can be heard, "" where nobody can hear any."""
    heard = subject in spoken(live_script())
    return url_for("console.hear_subject", subject=subject) if heard else ""


def _files(desktop: Desktop) -> dict[str, str]:
    """The files with a subject's words in work; the live ones where they do not go together."""
    try:
        return desktop.files()
    except (NoSuchField, TooLong):
        return dict(desktop.live)


# What may be done --------------------------------------------------------------------------------


@require(*SENDERS)
def send_words(subject: str) -> ResponseReturnValue:
    """Send words for review; the sender vouches for them as their writer."""
    stand = _stand(subject)
    if not may_send(staff(), stand, board()):
        abort(403)
    refused = _refused(stand, lambda place: send(desk().store, place, me(), now()))
    if refused is None:
        say("review.sent", language=language_in_words(stand.locale))
    return refused or _back_to(subject)


@require(*BACKERS)
def send_words_back(subject: str) -> ResponseReturnValue:
    """Send words back with what there is to say about them."""
    stand = _stand(subject)
    said = _said(subject, stand.locale)
    if isinstance(said, Wrong):
        return _shown(subject, 422, said)
    refused = _refused(stand, lambda place: send_back(desk().store, place, said, me(), now()))
    if refused is None:
        say("review.went_back", language=language_in_words(stand.locale))
    return refused or _back_to(subject)


@require(SENDER, *SIGNERS)
def sign_words(subject: str) -> ResponseReturnValue:
    """Approve exactly the words that were read, in a role."""
    stand, role = _stand(subject), request.form.get("role", "")
    if _is_stale(stand):
        return _shown(subject, 409, Wrong(words()("review.stale")))
    if role == "translator" and stand.locale == board().script.locales[0]:
        return _shown(subject, 422, Wrong(REFUSALS["not-your-role"][words().language]))
    place = Place(subject, stand.locale, stand.digest)
    refused = sign(desk().store, place, role, me(), staff().roles, now())
    if refused:
        return _shown(subject, 422, Wrong(REFUSALS[refused][words().language]))
    say("review.signed", role=words()(f"roles.{role}"), language=language_in_words(stand.locale))
    return _back_to(subject)


@require()
def settle(number: int) -> ResponseReturnValue:
    """Mark what a reviewer said as dealt with."""
    one = next((one for one in remarks(desk().store, settled=True) if one.id == number), None)
    if one is None:
        abort(404)
    if settle_remark(desk().store, number, me(), now()):
        audited("remark-settled", one.subject, locale=one.locale)
        say("review.settled")
    return _back_to(one.subject)


def _refused(stand: Stand, deed: Callable[[Place], None]) -> Response | None:
    """Do something with the words that were read; None, or the page that says why not."""
    if _is_stale(stand):
        return _shown(stand.subject, 409, Wrong(words()("review.stale")))
    try:
        deed(Place(stand.subject, stand.locale, stand.digest))
    except NotNow:
        return _shown(stand.subject, 409, Wrong(words()("review.not_now")))
    return None


def _back_to(subject: str) -> Response:
    return go(url_for("console.review_subject", subject=subject))


def _stand(subject: str) -> Stand:
    """Where the words stand that a form names; 404 for a subject or language there is not."""
    here, locale = board(), request.form.get("locale", "")
    if subject not in subjects(here.script):
        abort(404)
    stands = (one for one in here.stands(subject) if one.locale == locale)
    return next(stands, None) or abort(404)


def _is_stale(stand: Stand) -> bool:
    """Whether the words are not those any more that the form showed."""
    return not stand.digest or request.form.get("digest", "") != stand.digest


def _said(subject: str, locale: str) -> tuple[Said, ...] | Wrong:
    """Read the comments of a form; what is wrong with them where something is."""
    sent = _sheet(subject, locale)
    fields = {one.name: (one.field, one.words) for one in sent.sentences} | {"say": ("", "")}
    typed = {name: seen(request.form.get(name, "")).strip() for name in fields}
    for name, text in typed.items():
        if len(text) > LONGEST:
            told = words()("review.long", number=len(text), most=LONGEST)
            return Wrong(told, f"{locale}-{name}", locale, typed)
    said = tuple(Said(*fields[name], text) for name, text in typed.items() if text)
    return said or Wrong(words()("review.no_words"), f"{locale}-say", locale, typed)


def _sheet(subject: str, locale: str) -> Sheet:
    here = board()
    stand = next(one for one in here.stands(subject) if one.locale == locale)
    return sheet(opened(subject), here, stand, words().language)
