"""A subject as a reviewer reads it: the exact words in each language, before and after."""

from collections.abc import Iterator
from dataclasses import dataclass

from voice.console.desk import staff
from voice.console.drafting import WRITERS, Desktop, Place
from voice.console.layout import full_label
from voice.console.standing import Board, Stand, refusal
from voice.draft.difference import Piece, difference
from voice.draft.field import as_text
from voice.draft.review import REFUSALS, SIGNERS
from voice.plain.sentences import sentences
from voice.store.remarks import Remark

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
    """A role that must sign yet. `mine`: who reads holds it; `refused` says why they may not."""

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
    chances: tuple[Chance, ...]
    may_send: bool
    may_send_back: bool


def passages(desktop: Desktop) -> tuple[Passage, ...]:
    """Every field of a subject that says anything."""
    places = [one for one in desktop.places.values() if one.value or one.live]
    return tuple(_passage(desktop, place) for place in places)


def sheet(
    desktop: Desktop, board: Board, stand: Stand, remarks: tuple[Remark, ...], language: str
) -> Sheet:
    """A subject in one language; refusals are told in `language`."""
    every = [one for one in passages(desktop) if one.place.field.concerns(stand.locale)]
    own = [one for one in every if one.changed or one.locale]
    changed = tuple(one for one in own if one.changed)
    person = staff()
    return Sheet(
        stand=stand,
        changed=changed,
        same=tuple(one for one in own if not one.changed),
        sentences=tuple(_sentences(changed)),
        remarks=tuple(one for one in remarks if one.locale == stand.locale),
        chances=tuple(_chances(board, stand, language)),
        may_send=stand.state in ("writing", "sent-back") and person.holds(*SENDERS),
        may_send_back=stand.state in ("sent", "approved") and person.holds(*BACKERS),
    )


def _passage(desktop: Desktop, place: Place) -> Passage:
    kind = place.field.kind
    pieces = difference(as_text(kind, place.live), as_text(kind, place.value))
    return Passage(place, full_label(desktop, place.field), pieces)


def _sentences(changed: tuple[Passage, ...]) -> Iterator[Sentence]:
    for number, passage in enumerate(changed):
        for at, words in enumerate(sentences(passage.place.text)):
            name = f"say-{number}-{at}"
            yield Sentence(name, passage.place.field.id, words, passage.locale)


def _chances(board: Board, stand: Stand, language: str) -> Iterator[Chance]:
    if stand.state not in ("sent", "live"):
        return
    for role in stand.missing:
        mine = staff().holds(role)
        why = refusal(stand, board, role, staff()) if mine else ""
        yield Chance(role, mine, REFUSALS[why][language] if why else "")
