"""What a page tells under each field: what is wrong, what it costs, what changes, who wrote it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from voice.check.problem import Problem
from voice.console.behind import behind
from voice.console.checks import in_language
from voice.console.desk import desk, now, staff, times, words
from voice.console.drafting import Desktop, Outcome, Place, may_write
from voice.console.findings import Findings, Message, Part, Sums
from voice.console.layout import Sheet, full_label, label_of, movable
from voice.console.names import language_in_words, language_of, title_of
from voice.console.standing import Stand, board
from voice.draft.difference import Piece, difference
from voice.draft.field import MOST, as_text
from voice.draft.fields import locales_of
from voice.store.drafts import Conflict
from voice.store.remarks import Remark, remarks

LATELY: Final = timedelta(minutes=30)
"""How long after a save somebody counts as writing here."""
FIRST_WORDS: Final = 6
SAID_IN_TEXTS: Final = ("main_message", "parts", "action")
"""What is spoken of a subject, and may stand in its text messages in nearly the same words."""


@dataclass(frozen=True)
class Breach:
    """A problem in the reader's language; `language` is English's where nobody translated it.

    `sentence` is what it is about, in `locale`, "" where that is not known.
    """

    severity: str
    remedy: str
    told: str
    language: str
    sentence: str
    locale: str


@dataclass(frozen=True)
class Item:
    """One of a list whose order matters, and where it may go."""

    told: str
    up: bool
    down: bool


@dataclass(frozen=True)
class Note:
    """What is told under a field; its text is what the form shows in it.

    `texts` is the id of the text messages, where they were not changed with it, else "".
    """

    place: Place
    label: str
    text: str
    seen: str
    mine: bool
    problems: tuple[Breach, ...]
    costs: tuple[str, ...]
    items: tuple[Item, ...]
    pieces: tuple[Piece, ...]
    behind: bool
    texts: str
    remarks: tuple[Remark, ...]
    conflict: Conflict | None
    both: str
    wrong: str

    @property
    def id(self) -> str:
        """Its name in the page."""
        return f"f{self.place.number}"


@dataclass(frozen=True)
class Around:
    """What the notes of a page are made from: `late` are fields fallen behind, by their ids."""

    desktop: Desktop
    found: Findings
    locales: tuple[str, ...]
    late: set[str]
    remarks: tuple[Remark, ...]


@dataclass(frozen=True)
class Other:
    """Somebody else who wrote here, and what."""

    name: str
    at: datetime
    lately: bool
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Standing:
    """A subject in a locale: where its words stand, and how easily they read."""

    locale: str
    name: str
    stand: Stand
    score: str
    easy: bool
    behind: tuple[str, ...]


def notes(
    desktop: Desktop, page: Sheet, found: Findings, done: Mapping[str, Outcome]
) -> dict[str, Note]:
    """What there is to tell of each field of a page, by the field's id."""
    late = {field.id for fields in found.behind.values() for field in fields}
    said = remarks(desk().store, desktop.subject)
    around = Around(desktop, found, locales_of(desktop.live), late, said)
    names = (place.field.id for place in page.places)
    return {name: _note(around, desktop.places[name], done.get(name)) for name in names}


def _note(around: Around, place: Place, done: Outcome | None) -> Note:
    field, found = place.field, around.found
    held = done if done and done.kind != "saved" else None
    return Note(
        place=place,
        label=full_label(around.desktop, field),
        text=held.typed.text if held else place.text,
        seen=held.seen if held and held.seen else place.seen,
        mine=may_write(staff(), field, around.locales),
        problems=breaches(found.by_field.get(field.id, ())),
        costs=tuple(_costs(place, found)),
        items=tuple(_items(place, found)) if movable(field) else (),
        pieces=_pieces(place),
        behind=field.id in around.late,
        texts=_texts(around.desktop, place),
        remarks=tuple(one for one in around.remarks if one.said.field == field.id),
        conflict=held.conflict if held else None,
        both=_both(place, held),
        wrong=_wrong(held) if held else "",
    )


def _texts(desktop: Desktop, place: Place) -> str:
    """The id of the text messages, if what is said was changed in a language and they were not."""
    start, _, name = place.field.id.rpartition(".")
    texts = desktop.places.get(f"{start}.texts")
    alone = texts is not None and texts.value and not texts.draft
    changed = place.draft and name in SAID_IN_TEXTS
    return f"f{texts.number}" if texts and alone and changed else ""


def _both(place: Place, held: Outcome | None) -> str:
    merged = held.conflict.merged if held and held.conflict else None
    return as_text(place.field.kind, merged) if merged is not None else ""


def _wrong(held: Outcome) -> str:
    if held.kind == "long":
        return words()("writing.too_long", size=held.typed.size, most=MOST)
    if held.kind == "not-yours":
        return words()("writing.not_yours")
    by = held.conflict.by if held.conflict else None
    return words()("writing.met", name=by.name) if by else words()("writing.met_live")


def _pieces(place: Place) -> tuple[Piece, ...]:
    if place.draft is None:
        return ()
    return difference(as_text(place.field.kind, place.live), place.text)


def breaches(problems: Iterable[Problem]) -> tuple[Breach, ...]:
    """These problems as they are told: what to do in short, then what is wrong and how to mend."""
    return tuple(_breach(one) for one in problems)


def _breach(one: Problem) -> Breach:
    language = words().language
    told = [in_language(text, language) for text in (one.message, one.fix)]
    known = None not in told
    key = f"rules.{one.rule.removeprefix('rule ').split(' ')[0]}"
    return Breach(
        one.severity,
        words()(key) if key in words() else "",
        " ".join(text for text in told if text) if known else f"{one.message} {one.fix}",
        language if known else "en",
        one.sentence,
        one.locale,
    )


# What it costs -----------------------------------------------------------------------------------


def _sums(place: Place, found: Findings) -> Sums | None:
    return next((one for one in found.sums if one.locale == place.field.locale), None)


def _costs(place: Place, found: Findings) -> Iterator[str]:
    """What a text costs that is made of this field alone."""
    sums, path = _sums(place, found), place.field.path
    name = path[-1] if path[1:2] == ("message",) else ""
    if path[0] == "option" and path[-1] == "text_label":
        name = f"submenu {path[1]}"
    for message in sums.messages if sums else ():
        if message.name == name:
            yield " ".join((words()("writing.sent_as"), *_segments(message)))


def _items(place: Place, found: Findings) -> Iterator[Item]:
    told = tuple(_told(place, found))
    for number, one in enumerate(told):
        yield Item(one, number > 0, number < len(told) - 1)


def _told(place: Place, found: Findings) -> Iterator[str]:
    sums, kind = _sums(place, found), place.field.path[-1]
    for at, item in enumerate(place.value):
        if kind == "topics":
            yield title_of(item)
        elif kind == "parts" and sums and at < len(sums.parts):
            yield f"{words()('writing.part', number=at + 1)} {_spoken(sums.parts[at])}"
        elif kind == "texts" and sums and at < len(sums.messages):
            costs = " ".join(_segments(sums.messages[at]))
            yield f"{words()('writing.text', number=at + 1)} {costs}"
        else:
            yield f"{at + 1}. {' '.join(item.split()[:FIRST_WORDS])} …"


def _spoken(part: Part) -> str:
    made = len(part.made) == len(part.seconds)
    return words()(
        "writing.spoken" if made else "writing.spoken_about",
        words=part.words,
        normal=round(part.seconds["normal"]),
        slow=round(part.seconds["slow"]),
    )


def _segments(message: Message) -> Iterator[str]:
    cost = message.cost
    yield words().count("writing.segments", cost.segments, characters=cost.characters)
    if message.most and cost.segments > message.most:
        yield words()("writing.over", most=message.most)
    if cost.costly:
        yield words()("writing.costly", signs=" ".join(cost.costly))


# The head of the page ----------------------------------------------------------------------------


def standing(desktop: Desktop, found: Findings) -> tuple[Standing, ...]:
    """Where the subject stands in each locale."""
    sums = {one.locale: one for one in found.sums}
    return tuple(
        Standing(
            one.locale,
            language_of(one.locale),
            one,
            _score(sums.get(one.locale)),
            _easy(sums.get(one.locale)),
            tuple(label_of(desktop, field) for field in found.behind.get(one.locale, ())),
        )
        for one in board().stands(desktop.subject)
    )


def fallen_behind(desktop: Desktop) -> tuple[tuple[str, str], ...]:
    """Each language that has fallen behind, and what its fields are called."""
    return tuple(
        (language_in_words(locale), "; ".join(label_of(desktop, field) for field in late))
        for locale, late in behind(desktop).items()
    )


def _score(sums: Sums | None) -> str:
    if sums is None or sums.score is None:
        return ""
    key = "writing.grade" if sums.easier == "lower" else "writing.ease"
    return words()(key, formula=sums.formula, score=f"{sums.score:.1f}", limit=f"{sums.limit:g}")


def _easy(sums: Sums | None) -> bool:
    if sums is None or sums.score is None:
        return True
    return sums.score <= sums.limit if sums.easier == "lower" else sums.score >= sums.limit


def others(desktop: Desktop) -> tuple[Other, ...]:
    """Who else has words in work here, who wrote last first."""
    mine = staff().id
    theirs = [place for place in desktop.places.values() if place.draft]
    found = []
    for id in dict.fromkeys(place.draft.by.id for place in theirs if place.draft):
        own = [(one, one.draft) for one in theirs if one.draft and one.draft.by.id == id]
        newest = max(draft.at for _, draft in own)
        labels = tuple(full_label(desktop, place.field) for place, _ in own)
        if id != mine:
            found.append(Other(own[0][1].by.name, newest, now() - newest < LATELY, labels))
    return tuple(sorted(found, key=lambda one: one.at, reverse=True))


def saved_at() -> str:
    """Words for "saved", with the time by the clinic's clock."""
    return words()("writing.saved", time=times().clock(now()))


def told(found: Findings) -> str:
    """How many problems there are, in words."""
    fails, warns = found.number("fail"), found.number("warn")
    if not fails and not warns:
        return words()("writing.all_fine")
    return words()("writing.found", fails=fails, warns=warns)
