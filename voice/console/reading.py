"""A subject as a reviewer reads it: the exact words in each language, before and after."""

from collections.abc import Iterator
from dataclasses import dataclass

from voice.console.desk import staff
from voice.console.drafting import WRITERS, Desktop, Place
from voice.console.findings import Findings
from voice.console.layout import label_of
from voice.console.notes import Breach, breaches
from voice.console.standing import Board, Stand, refusal
from voice.draft.difference import Piece, difference
from voice.draft.field import as_text
from voice.draft.review import REFUSALS, SENDER, SIGNERS
from voice.plain.sentences import sentences
from voice.store.remarks import Remark
from voice.store.staff import Person

SENDERS = WRITERS
BACKERS = (*SIGNERS, "manager")
"""Who may send words back."""


@dataclass(frozen=True)
class Passage:
    """A field as it reads. `locale` is "" for all languages; `pieces` tell what changed."""

    place: Place
    label: str
    pieces: tuple[Piece, ...]

    @property
    def locale(self) -> str:
        """The language it is written in."""
        return self.place.field.locale

    @property
    def changed(self) -> bool:
        """Whether its words are not those callers hear."""
        return any(piece.sort != "same" for piece in self.pieces)


@dataclass(frozen=True)
class Sentence:
    """A sentence somebody may say something about; `name` is its field of the form."""

    name: str
    field: str
    words: str
    locale: str


@dataclass(frozen=True)
class Chance:
    """A role that must sign yet. `mine`: the reader holds it; `refused` says why they may not."""

    role: str
    mine: bool
    refused: str


@dataclass(frozen=True)
class Sheet:
    """All there is to read and to do in one language."""

    stand: Stand
    changed: tuple[Passage, ...]
    same: tuple[Passage, ...]
    sentences: tuple[Sentence, ...]
    remarks: tuple[Remark, ...]
    problems: tuple[Breach, ...]
    chances: tuple[Chance, ...]
    may_send: bool
    may_send_back: bool


def passages(desktop: Desktop) -> tuple[Passage, ...]:
    """Every field of a subject that says anything."""
    places = [one for one in desktop.places.values() if one.value or one.live]
    return tuple(_passage(desktop, place) for place in places)


def may_send(person: Person, stand: Stand, board: Board) -> bool:
    """Whether somebody may send words for review; a translator only their own languages'."""
    own = person.holds("writer", "editor", "manager")
    return own or (person.holds("translator") and stand.locale != board.script.locales[0])


def sheet(
    desktop: Desktop,
    board: Board,
    stand: Stand,
    language: str,
    remarks: tuple[Remark, ...] = (),
    found: Findings | None = None,
) -> Sheet:
    """A subject in one language; refusals are told in `language`."""
    every = [one for one in passages(desktop) if one.place.field.concerns(stand.locale)]
    changed = tuple(one for one in every if one.changed)
    return Sheet(
        stand=stand,
        changed=changed,
        same=tuple(one for one in every if one.locale and not one.changed),
        sentences=tuple(_sentences(changed)),
        remarks=tuple(one for one in remarks if one.locale == stand.locale),
        problems=_problems(found, stand.locale) if found else (),
        chances=tuple(_chances(board, stand, language)),
        may_send=stand.state in ("writing", "sent-back") and may_send(staff(), stand, board),
        may_send_back=stand.state in ("sent", "approved") and staff().holds(*BACKERS),
    )


def _problems(found: Findings, locale: str) -> tuple[Breach, ...]:
    """What is wrong in a language, what stops it first."""
    mine = (one for one in found.every if one.locale == locale)
    return breaches(sorted(mine, key=lambda one: one.severity != "fail"))


def _passage(desktop: Desktop, place: Place) -> Passage:
    kind = place.field.kind
    pieces = difference(as_text(kind, place.live), as_text(kind, place.value))
    return Passage(place, label_of(desktop, place.field), pieces)


def _sentences(changed: tuple[Passage, ...]) -> Iterator[Sentence]:
    for number, passage in enumerate(changed):
        for at, words in enumerate(sentences(passage.place.text)):
            name = f"say-{number}-{at}"
            yield Sentence(name, passage.place.field.id, words, passage.locale)


def _chances(board: Board, stand: Stand, language: str) -> Iterator[Chance]:
    if stand.state not in ("sent", "live"):
        return
    for role in (*stand.missing, *_vouchers(board, stand)):
        mine = staff().holds(role)
        why = refusal(stand, board, role, staff()) if mine else ""
        yield Chance(role, mine, REFUSALS[why][language] if why else "")


def _vouchers(board: Board, stand: Stand) -> tuple[str, ...]:
    """The writer, where who reads may vouch for live words that nobody did; nobody has to."""
    signed = any(one.role == SENDER for one in stand.signed)
    free = stand.state == "live" and not signed and staff().holds(SENDER)
    return (SENDER,) if free and not refusal(stand, board, SENDER, staff()) else ()
