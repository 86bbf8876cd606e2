"""What staff wrote: load the scripts folder, freeze it, and list every defect in one go.

A script is all authored content: the clinic's line, menu, prompts, topics, word lists, sources.
Loading either returns a frozen `Script` or raises one `ScriptError` with every defect found,
so that a person mends a file once and not once per mistake.
"""

import json
import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, time
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from voice.hours import MIDNIGHT, WEEKDAYS, Hours, Span, in_order

Pace = Literal["normal", "slow"]
PACES: tuple[Pace, ...] = ("normal", "slow")

KEY_MEANINGS = ("person", "back", "skip", "again", "pause", "slower", "text")
"""Keys that mean the same everywhere (rule 46); menu.toml says which key each one is."""

TELEPHONE_KEYS = tuple("0123456789*#")
MOST_CHOICES = 3
"""Choices the line asks for itself, at the keys from 1: morning, afternoon, any time."""

CALL_PROMPTS = (
    "emergency language welcome disclaimer person option keys main_menu other_language "
    "after_topic paused still_paused no_input_1 no_input_2 no_input_3 no_match_1 no_match_2 "
    "no_match_3 no_match_topic offer offer_closed goodbye goodbye_short apology transfer "
    "transfer_busy transfer_no_answer transfer_failed transfer_again after_hours emergency_now "
    "crisis after_topic_again to_main_menu help welcome_back continue_topic continue_keys "
    "text_first text_offer text_rates text_yes text_no text_sent not_sent text_withheld "
    "text_landline text_country text_opted_out text_failed read_later read_later_word "
    "read_later_number texts_stopped stop_failed forgotten forget_failed "
    "call_me_back callback callback_number number_wrong callback_check number_right number_other "
    "callback_time callback_morning callback_afternoon callback_any callback_done callback_end "
    "callback_failed called ring_unclear voicemail more_choices"
).split()
MESSAGE_PROMPTS = (
    "menu submenu unknown did_you_mean more no_more first help stop start emergency crisis person "
    "language apology listen listen_link listen_first sources sources_all forget call_me_calling "
    "call_me_hours call_me_often call_me_cannot call_me_failed"
).split()
NEEDED = ("line.toml", "menu.toml", "prompts.toml", "words.toml", "sources.toml")
"""The files no script can do without."""

PLACEHOLDERS = frozenset(
    "clinic address phone line_phone text_number hours emergency crisis".split()
) | frozenset(KEY_MEANINGS)
"""What may stand in {braces} in any text; words.py fills them in."""
TEMPLATES: Mapping[str, tuple[str, ...]] = {
    "call.language": ("key",),
    "call.person": ("key",),
    "call.option": ("label", "key"),
    "call.call_me_back": ("key",),
    "call.offer_closed": ("key",),
    "call.callback_number": ("key",),
    "call.ring_unclear": ("key",),
    "call.read_later_word": ("word",),
    "message.menu": ("options",),
    "message.submenu": ("options",),
    "message.did_you_mean": ("options",),
    "message.unknown": ("options",),
    "message.listen": ("title",),
    "message.listen_link": ("title", "link"),
    "message.listen_first": ("link",),
    "message.sources": ("link",),
    "message.sources_all": ("link",),
    "words.day_range": ("first", "last"),
    "words.hour_range": ("start", "end"),
    "words.again": ("span",),
    "words.minutes": ("minutes",),
    "words.hours": ("m",),
}
"""Texts that hold names of their own, which stand for something there alone."""

LOCALE = re.compile(r"[a-z]{2,3}-[A-Za-z0-9]{2,4}")
"""A language and its region, as Twilio's recogniser and voices need it."""

EARLIER_FIRST = (
    'Put the earlier time first. Open past midnight? Write "22:00-24:00", and for the next day '
    '"0:00-6:00".'
)
WORD_STRINGS = ("name", "day_range", "hour_range", "again", "all_day", "minutes", "and")
WORD_LISTS = {"digits": 10, "days": 7, "one_day": 7, "hours": 24}
WORD_GROUPS = (
    "emergency despair stop start help person menu more language polite "
    "again back skip pause slower listen sources forget call_me text_me yes no"
).split()


@dataclass(frozen=True)
class Defect:
    """One thing that keeps a script from loading: where, what, and how to mend it."""

    file: str
    where: str
    message: str
    fix: str


class ScriptError(ValueError):
    """The scripts folder cannot be loaded; `defects` lists everything that is wrong.

    `script` is what could be read all the same, for a check of the rest; None if too little was.
    """

    def __init__(self, defects: tuple[Defect, ...], script: "Script | None" = None) -> None:
        self.defects = defects
        self.script = script
        lines = [f"{d.file}: {d.where}: {d.message} {d.fix}" for d in defects]
        super().__init__("\n".join(lines))


@dataclass(frozen=True)
class Utterance:
    """The smallest thing spoken: one clip. A new line in `words` is a longer pause."""

    words: str
    locale: str
    pace: Pace
    lead: int
    """Milliseconds of silence before the first word: 400 after a key press, else 150 (rule 54)."""


@dataclass(frozen=True)
class LexiconEntry:
    """How one word is pronounced, in each engine's own notation."""

    word: str
    locale: str
    espeak: str
    ipa: str
    say: str


@dataclass(frozen=True)
class Phone:
    """A telephone number in the groups staff wrote, the country code first."""

    country: str
    groups: tuple[str, ...]

    @property
    def dialled(self) -> str:
        """The number as machines dial it (E.164)."""
        return f"+{self.country}{''.join(self.groups)}"

    @property
    def written(self) -> str:
        """The number as patients read it, without the country code."""
        return "-".join(self.groups)

    @property
    def is_sample(self) -> bool:
        """Whether this is one of the fictional 555-01xx numbers."""
        return "".join(self.groups)[-7:].startswith("55501")


@dataclass(frozen=True)
class Line:
    """The clinic: everything in line.toml."""

    name: Mapping[str, str]
    address: Mapping[str, str]
    phone: Phone
    line_phone: Phone
    text_number: Phone
    person: Phone
    emergency: str
    crisis: str
    locales: tuple[str, ...]
    hours: Hours
    text_name: Mapping[str, str] = field(default_factory=dict)
    """Short names for texts, where the clinic has any."""

    def sender(self, locale: str) -> str:
        """Return the name that opens a text."""
        return self.text_name.get(locale) or self.name[locale]

    @property
    def is_sample(self) -> bool:
        """Whether any number is still one of the sample's."""
        numbers = (self.phone, self.line_phone, self.text_number, self.person)
        return any(number.is_sample for number in numbers)


@dataclass(frozen=True)
class Wording:
    """A topic in one locale, as staff wrote it; placeholders not yet filled."""

    title: str
    menu_label: str
    keywords: tuple[str, ...]
    sample_questions: tuple[str, ...]
    main_message: str
    parts: tuple[str, ...]
    action: str
    texts: tuple[str, ...]

    @property
    def spoken(self) -> tuple[str, ...]:
        """What a caller hears: the main message opens the first part, the action ends the last."""
        parts = [f"{self.main_message}\n{self.parts[0]}", *self.parts[1:]]
        parts[-1] = f"{parts[-1]}\n{self.action}"
        return tuple(parts)


@dataclass(frozen=True)
class Topic:
    """One subject in all locales, with the facts it states and who signed it."""

    id: str
    facts: tuple[str, ...]
    tags: tuple[str, ...]
    review_by: date
    wording: Mapping[str, Wording]
    sign_offs: Mapping[str, Mapping[str, str]]


def wording_digest(topic: Topic, locale: str) -> str:
    """Return 16 hex digits of a topic's exact words in a locale, and of the facts they state.

    A sign-off names it; when a letter changes, the sign-off no longer counts.
    """
    signed = {"facts": topic.facts, "locale": locale, "words": asdict(topic.wording[locale])}
    canonical = json.dumps(signed, sort_keys=True, ensure_ascii=False)
    return sha256(unicodedata.normalize("NFC", canonical).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class OptionWording:
    """A menu option in one locale."""

    label: str
    text_label: str
    keywords: tuple[str, ...]


@dataclass(frozen=True)
class Option:
    """One way out of the main menu: a key, and the topics behind it."""

    key: str
    topics: tuple[str, ...]
    wording: Mapping[str, OptionWording]


@dataclass(frozen=True)
class Prompts:
    """What the line says itself in one locale."""

    call: Mapping[str, str]
    message: Mapping[str, str]
    words: Mapping[str, Any]


@dataclass(frozen=True)
class Script:
    """All authored content, frozen."""

    line: Line
    options: tuple[Option, ...]
    keys: Mapping[str, str]
    prompts: Mapping[str, Prompts]
    topics: Mapping[str, Topic]
    words: Mapping[str, Mapping[str, tuple[str, ...]]]
    lexicon: tuple[LexiconEntry, ...]
    sources: Mapping[str, Any] = field(repr=False)
    plain: Mapping[str, Any] = field(repr=False)
    pages: Mapping[str, Any] = field(repr=False)
    files: Mapping[str, str] = field(repr=False)
    """The text of every file, by its path in the folder: what a release keeps."""

    @property
    def locales(self) -> tuple[str, ...]:
        """The line's locales in the order they are offered."""
        return self.line.locales


def load(folder: Path) -> Script:
    """Load and freeze a scripts folder.

    Raises ScriptError with every defect of every file, sorted by file and place.
    """
    return parse(read_files(folder))


def read_files(folder: Path) -> dict[str, str]:
    """Return the text of every TOML file below `folder`, by its path there.

    Bytes that are not UTF-8 are kept as lone surrogates, for `parse` to complain about.
    """
    paths = sorted(folder.rglob("*.toml"))
    # Some editors put a byte order mark first: utf-8-sig takes it off.
    return {
        path.relative_to(folder).as_posix(): path.read_text("utf-8-sig", "surrogateescape")
        for path in paths
    }


def parse(files: Mapping[str, str]) -> Script:
    """Build a Script from the texts of its files. Raises ScriptError like `load`."""
    defects: list[Defect] = []
    tables = {name: _toml(name, text, defects) for name, text in files.items()}
    for name in NEEDED:
        if name not in files:
            defects.append(Defect(name, "file", "The file is missing.", "Put it back."))
    unread = {defect.file for defect in defects}
    if unread.intersection(NEEDED):
        raise ScriptError(tuple(sorted(defects, key=_order)))
    read = {name: table for name, table in tables.items() if name not in unread}
    script = _build(files, read, defects)
    if defects:
        known = [defect for defect in defects if not _follows(defect, unread)]
        raise ScriptError(tuple(sorted(known, key=_order)), _reachable(script))
    return script


def _follows(defect: Defect, unread: set[str]) -> bool:
    """Say whether a defect only repeats that a topic's file could not be read."""
    return any(defect.message == _no_file(name) for name in unread)


def _no_file(name: str) -> str:
    return f"There is no file {name}."


def _reachable(script: Script) -> Script:
    """Leave out of the menu what could not be read, so that the rest can be checked."""
    options = (
        replace(option, topics=tuple(topic for topic in option.topics if topic in script.topics))
        for option in script.options
    )
    return replace(script, options=tuple(option for option in options if option.topics))


def _order(defect: Defect) -> tuple[str, str, str]:
    return defect.file, defect.where, defect.message


def _toml(name: str, text: str, defects: list[Defect]) -> dict[str, Any]:
    stray = re.search("[\ud800-\udfff]", text)
    if stray:
        where = f"line {text.count(chr(10), 0, stray.start()) + 1}"
        fix = 'Save the file as "UTF-8" in your editor.'
        defects.append(Defect(name, where, "The file is not UTF-8 text.", fix))
        return {}
    try:
        return _table_of(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"line \d+", str(error))
        defects.append(
            Defect(
                name,
                place.group() if place else "file",
                f"The file cannot be read: {error}.",
                "Look for a missing quotation mark or bracket on this line or the one before.",
            )
        )
        return {}


@lru_cache(maxsize=64)
def _table_of(text: str) -> dict[str, Any]:
    """Read a file's text. For looking only: the same text gives the same table."""
    return tomllib.loads(text)


def _build(files: Mapping[str, str], tables: dict[str, Any], defects: list[Defect]) -> Script:
    def table(name: str) -> "_Table":
        return _Table(tables.get(name, {}), name, "", defects)

    line = _line(table("line.toml"))
    topics = dict(_topics(tables, line.locales, defects))
    options, keys = _menu(table("menu.toml"), line.locales, topics)
    prompts = table("prompts.toml")
    words = table("words.toml")
    return Script(
        line=line,
        options=options,
        keys=keys,
        prompts={locale: _prompts(prompts.table(locale)) for locale in line.locales},
        topics=_menu_order(options, topics),
        words={locale: _word_lists(words.table(locale)) for locale in line.locales},
        lexicon=tuple(_lexicon(table("lexicon.toml"))),
        sources=tables["sources.toml"],
        plain=tables.get("plain.toml", {}),
        pages=tables.get("pages.toml", {}),
        files=dict(files),
    )


class _Table:
    """A TOML table being read: hands out checked values and notes what is wrong."""

    def __init__(self, values: Any, file: str, where: str, defects: list[Defect]) -> None:
        self.values: dict[str, Any] = values if isinstance(values, dict) else {}
        self.file = file
        self.where = where
        self.defects = defects
        self.used: set[str] = set()

    def defect(self, key: str, message: str, fix: str) -> None:
        """Note something wrong with `key` of this table."""
        where = ".".join(part for part in (self.where, key) if part)
        self.defects.append(Defect(self.file, where, message, fix))

    def get(self, key: str, kind: type, what: str, default: Any) -> Any:
        """Return the value at `key`, or `default` with a defect noted."""
        self.used.add(key)
        if key not in self.values:
            self.defect(key, f"{what} is missing.", f"Add a line: {key} = …")
            return default
        value = self.values[key]
        if not isinstance(value, kind) or isinstance(value, datetime):
            self.defect(key, f"{what} has the wrong form.", "Compare it with another file.")
            return default
        return value

    def text(self, key: str) -> str:
        """Return a text with its white space folded."""
        value = " ".join(self.piece(key).split())
        if not value and isinstance(self.values.get(key), str):
            self.defect(key, "The text is empty.", "Write the words between the quotation marks.")
        return value

    def piece(self, key: str) -> str:
        """Return a piece of a sentence as it stands: it may be empty or begin with a blank."""
        value: str = self.get(key, str, "The text", "")
        self._braces(key, value)
        self._lacking(key, value)
        return value

    def lines(self, key: str) -> tuple[str, ...]:
        """Return a list of texts whose lines are kept: each line is one key point."""
        return tuple(_folded_lines(value) for value in self._strings(key))

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts, white space folded."""
        return tuple(" ".join(value.split()) for value in self._strings(key))

    def _strings(self, key: str) -> tuple[str, ...]:
        values = self.get(key, list, "The list", [])
        if any(not isinstance(value, str) or not value.strip() for value in values):
            self.defect(key, "The list has an empty or wrong entry.", 'Write ["one", "two"].')
        for value in values:
            self._braces(key, str(value))
        return tuple(value for value in values if isinstance(value, str) and value.strip())

    def _braces(self, key: str, value: str) -> None:
        """Note placeholders that nothing fills here."""
        if "{" not in value and "}" not in value:
            return  # nearly all; what follows took half of a load
        anywhere = frozenset() if self.where.endswith(".words") else PLACEHOLDERS
        known = anywhere | set(self._own_names(key))
        names = re.findall(r"\{(\w+)\}", value)
        strange = [f"{{{name}}}" for name in names if name not in known]
        if re.search(r"[{}]", re.sub(r"\{\w+\}", "", value)):
            strange.append("a lone brace")
        for what in dict.fromkeys(strange):
            self.defect(key, f"There is {what} in the text.", "Use {phone}, {clinic} and the like.")

    def _lacking(self, key: str, value: str) -> None:
        for name in self._own_names(key):
            if value and f"{{{name}}}" not in value:
                self.defect(key, f"{{{name}}} is missing in the text.", "Put it where it is said.")

    def _own_names(self, key: str) -> tuple[str, ...]:
        return TEMPLATES.get(f"{self.where.rpartition('.')[2]}.{key}", ())

    def table(self, key: str) -> "_Table":
        """Return the table at `key`."""
        values = self.get(key, dict, "The table", {})
        where = ".".join(part for part in (self.where, key) if part)
        return _Table(values, self.file, where, self.defects)

    def done(self) -> None:
        """Note every field nobody asked for: a slip of the pen would else be lost.

        Words in a language the line does not offer may stay: it may be offered again.
        """
        unused = set(self.values) - self.used
        for key in sorted(key for key in unused if not LOCALE.fullmatch(key)):
            self.defect(key, "Nobody knows this field.", "Check its spelling, or take it out.")


def _folded_lines(value: str) -> str:
    lines = (" ".join(line.split()) for line in value.splitlines())
    return "\n".join(line for line in lines if line)


def _line(table: _Table) -> Line:
    languages = table.table("languages")
    locales = _locales(languages)
    languages.done()
    numbers = table.table("numbers")
    line = Line(
        name=_by_locale(table.table("name"), locales),
        address=_by_locale(table.table("address"), locales),
        phone=_phone(numbers, "phone"),
        line_phone=_phone(numbers, "line_phone"),
        text_number=_phone(numbers, "text_number"),
        person=_phone(numbers, "person"),
        emergency=_short_number(numbers, "emergency"),
        crisis=_short_number(numbers, "crisis"),
        locales=locales,
        hours=_hours(table.table("hours")),
        text_name=_text_name(table, locales),
    )
    numbers.done()
    table.done()
    return line


def _locales(table: _Table) -> tuple[str, ...]:
    written = table.texts("locales")
    locales = tuple(dict.fromkeys(name for name in written if LOCALE.fullmatch(name)))
    if locales != written:
        fix = 'Write ["en-US", "es-US"], each once.'
        table.defect("locales", "The list of languages has a wrong or double entry.", fix)
    return locales or ("en-US",)


def _by_locale(table: _Table, locales: tuple[str, ...]) -> dict[str, str]:
    return {locale: table.text(locale) for locale in locales}


def _text_name(table: _Table, locales: tuple[str, ...]) -> dict[str, str]:
    """Return the short names, none where there is no such table or an empty text."""
    if "text_name" not in table.values:
        return {}
    names = table.table("text_name")
    given = {one: " ".join(names.piece(one).split()) for one in locales if one in names.values}
    names.done()
    return given


def _phone(table: _Table, key: str) -> Phone:
    written = table.text(key)
    if written and not re.fullmatch(r"\+\d{1,3}( \d{1,6}){1,6}", written):
        table.defect(key, f"{written!r} is not a number in groups.", 'Write "+1 212 555 0134".')
        written = ""
    country, *groups = (written or "+0 0").removeprefix("+").split(" ")
    return Phone(country, tuple(groups))


def _short_number(table: _Table, key: str) -> str:
    written = table.text(key)
    if written and not re.fullmatch(r"[0-9]{2,6}", written):
        table.defect(key, f"{written!r} is not a short number.", 'Write it in figures: "911".')
        written = ""
    return written


def _hours(table: _Table) -> Hours:
    zone = table.text("time_zone")
    try:
        ZoneInfo(zone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        table.defect("time_zone", f"There is no time zone {zone!r}.", 'Write "America/Chicago".')
        zone = "UTC"
    holidays = table.get("holidays", list, "The list", [])
    if any(type(day) is not date for day in holidays):
        table.defect("holidays", "A holiday is not a date.", "Write 2026-12-25, without quotes.")
    hours = Hours(
        zone or "UTC",
        tuple(_spans(table, day) for day in WEEKDAYS),
        frozenset(day for day in holidays if type(day) is date),
    )
    if not any(hours.week):
        table.defect("monday", "The clinic is never open.", "Give at least one day its hours.")
    table.done()
    return hours


def _spans(table: _Table, day: str) -> tuple[Span, ...]:
    spans: list[Span] = []
    for written in table.texts(day):
        span = _span(written)
        if span is None:
            table.defect(day, f"{written!r} is not a time span.", 'Write "9:00-17:00".')
            continue
        if in_order([*spans[-1:], span]):
            spans.append(span)
        else:
            table.defect(day, f"{written!r} does not come in order.", EARLIER_FIRST)
    return tuple(spans)


def _span(written: str) -> Span | None:
    """Read "9:00-17:00"; the end of a day is 24:00. None for anything else."""
    match = re.fullmatch(r"(\d{1,2}):(\d\d) ?- ?(\d{1,2}):(\d\d)", written)
    if not match:
        return None
    hour, minute, last_hour, last_minute = map(int, match.groups())
    try:
        opens = time(hour, minute)
        closes = MIDNIGHT if (last_hour, last_minute) == (24, 0) else time(last_hour, last_minute)
    except ValueError:
        return None
    return None if closes == MIDNIGHT and last_hour == 0 else (opens, closes)


def _topics(
    tables: dict[str, Any], locales: tuple[str, ...], defects: list[Defect]
) -> Iterator[tuple[str, Topic]]:
    for name, values in tables.items():
        if name.startswith("topics/"):
            topic_id = name.removeprefix("topics/").removesuffix(".toml")
            yield topic_id, _topic(topic_id, _Table(values, name, "", defects), locales)


def _topic(topic_id: str, table: _Table, locales: tuple[str, ...]) -> Topic:
    # A call's address holds the name after "pause.topic." and has room for 80 characters.
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", topic_id) or len(topic_id) > 60:
        fix = "Use at most 60 of a-z, 0-9 and hyphens."
        table.defect("", f"The file name {topic_id!r} is not plain.", fix)
    sign_offs = table.table("sign_offs")
    topic = Topic(
        id=topic_id,
        facts=table.texts("facts"),
        tags=table.texts("tags"),
        review_by=table.get("review_by", date, "The review date", date.min),
        wording={locale: _wording(table.table(locale)) for locale in locales},
        sign_offs={locale: _strings(sign_offs.table(locale)) for locale in locales},
    )
    if len({len(wording.parts) for wording in topic.wording.values()}) > 1:
        table.defect("parts", "The languages have different parts.", "Write as many in each.")
    table.done()
    return topic


def _wording(table: _Table) -> Wording:
    wording = Wording(
        title=table.text("title"),
        menu_label=table.text("menu_label"),
        keywords=table.texts("keywords"),
        sample_questions=table.texts("sample_questions"),
        main_message=table.text("main_message"),
        parts=table.lines("parts") or ("",),
        action=table.text("action"),
        texts=table.texts("texts") or ("",),
    )
    for key in ("parts", "texts"):
        if table.values.get(key) == []:
            table.defect(key, "There is nothing to say.", "Write at least one.")
    table.done()
    return wording


def _strings(table: _Table) -> dict[str, str]:
    return {key: table.text(key) for key in table.values}


def _menu(
    table: _Table, locales: tuple[str, ...], topics: Mapping[str, Topic]
) -> tuple[tuple[Option, ...], dict[str, str]]:
    rows = table.get("option", list, "The list of options", [])
    options = tuple(
        _option(_Table(row, table.file, f"option {number}", table.defects), locales)
        for number, row in enumerate(rows, 1)
    )
    keys = table.table("keys")
    meanings = {meaning: keys.text(meaning) for meaning in KEY_MEANINGS}
    keys.done()
    table.done()
    _clashes(table, options, meanings)
    offered = [topic for option in options for topic in option.topics]
    for topic in sorted(set(offered) - set(topics)):
        name = f"topics/{topic}.toml"
        table.defect("option", _no_file(name), "Write it or take it out.")
    for topic in sorted(set(topics) - set(offered)):
        table.defect("option", f"No option leads to {topic}.", "Add it to the topics of one.")
    for topic in sorted({topic for topic in offered if offered.count(topic) > 1}):
        table.defect("option", f"{topic} stands in two options.", "Take it out of one.")
    return options, meanings


def _clashes(
    table: _Table,
    options: tuple[Option, ...],
    meanings: Mapping[str, str],
) -> None:
    """Note keys a telephone lacks, and keys that would mean two things at one place."""
    fixed = [key for key in meanings.values() if key]
    chosen = [option.key for option in options if option.key]
    for key in sorted({key for key in (*fixed, *chosen) if key not in TELEPHONE_KEYS}):
        table.defect("keys", f"{key!r} is no key of a telephone.", "Use one of 0 to 9, * and #.")
    for key in sorted({key for key in fixed if fixed.count(key) > 1}):
        table.defect("keys", f"Key {key} has two meanings.", "Give each meaning its own key.")
    for key in sorted({key for key in chosen if [*fixed, *chosen].count(key) > 1}):
        table.defect("option", f"Key {key} is taken already.", "Give each option its own key.")
    for key in sorted(key for key in fixed if key in "123456789"[:MOST_CHOICES]):
        fix = f"Keys 1 to {MOST_CHOICES} choose an answer: give it another."
        table.defect("keys", f"Key {key} is also a choice.", fix)


def _option(table: _Table, locales: tuple[str, ...]) -> Option:
    option = Option(
        key=table.text("key"),
        topics=table.texts("topics"),
        wording={locale: _option_wording(table.table(locale)) for locale in locales},
    )
    if not option.topics:
        table.defect("topics", "The option leads nowhere.", "Name at least one topic.")
    table.done()
    return option


def _option_wording(table: _Table) -> OptionWording:
    wording = OptionWording(table.text("label"), table.text("text_label"), table.texts("keywords"))
    table.done()
    return wording


def _menu_order(options: tuple[Option, ...], topics: Mapping[str, Topic]) -> dict[str, Topic]:
    names = [topic for option in options for topic in option.topics if topic in topics]
    return {name: topics[name] for name in names}


def _prompts(table: _Table) -> Prompts:
    call, message, words = table.table("call"), table.table("message"), table.table("words")
    prompts = Prompts(
        call={name: call.text(name) for name in CALL_PROMPTS},
        message={name: message.text(name) for name in MESSAGE_PROMPTS},
        words=_words(words),
    )
    for part in (call, message, words):
        part.done()
    return prompts


def _words(table: _Table) -> dict[str, Any]:
    words: dict[str, Any] = {}
    for key in WORD_STRINGS:
        words[key] = table.piece(key)
    for key, count in WORD_LISTS.items():
        words[key] = table.texts(key)
        if len(words[key]) != count:
            table.defect(key, f"The list needs {count} entries.", "Compare it with English.")
            words[key] = (*words[key], *[""] * count)[:count]
    keys = table.table("keys")
    words["keys"] = {key: keys.text(key) for key in TELEPHONE_KEYS}
    keys.done()
    return words


def _word_lists(table: _Table) -> dict[str, tuple[str, ...]]:
    lists = {group: table.texts(group) for group in WORD_GROUPS}
    table.done()
    return lists


def _lexicon(table: _Table) -> Iterator[LexiconEntry]:
    rows = table.get("word", list, "The list of words", []) if "word" in table.values else []
    table.done()
    for number, row in enumerate(rows, 1):
        entry = _Table(row, table.file, f"word {number}", table.defects)
        optional = {
            key: " ".join(str(entry.values.get(key, "")).split())
            for key in ("espeak", "ipa", "say")
        }
        entry.used |= set(optional)
        yield LexiconEntry(entry.text("word"), entry.text("locale"), **optional)
        entry.done()
