"""All problems together: found in one run, printed as text or JSON, with a table of readability."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from voice.check.calls import calls
from voice.check.facts import facts
from voice.check.menus import menus
from voice.check.pages import pages
from voice.check.passages import line_of, passages
from voice.check.problem import HOUSEHOLD, Place, Problem, in_order, problem
from voice.check.prompts import prompts
from voice.check.sound import Audio, sound
from voice.check.texts import has_gaps, texts
from voice.check.topics import topics
from voice.check.wording import whole_text, wording
from voice.plain import readability
from voice.plain.finding import Finding
from voice.plain.language import Language, read
from voice.plain.sentences import sentences, words
from voice.plain.terms import MOST_TERMS
from voice.script import LOCALE, Defect, Script, ScriptError, parse, read_files
from voice.speech.clips import ManifestError, read_manifest
from voice.understand.mistakes import mistakes

PLAIN = "plain.toml"


@dataclass(frozen=True)
class Row:
    """How easy one subject is to read in one locale.

    `score` is by the locale's own formula, None where it has none; `raw` counts taught words in
    full. `mean` is words in a sentence.
    """

    topic: str
    locale: str
    formula: str
    score: float | None
    raw: float | None
    mean: float
    parts: tuple[int, ...]
    """Words in each part."""
    text_score: float | None


@dataclass(frozen=True)
class Report:
    """What a run of check found."""

    problems: tuple[Problem, ...]
    table: tuple[Row, ...]
    pooled: tuple[str, ...]
    """A second formula over all subjects together, one line for each locale."""

    @property
    def failures(self) -> tuple[Problem, ...]:
        """The problems that keep words from patients."""
        return tuple(found for found in self.problems if found.severity == "fail")

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """The problems a person has to accept."""
        return tuple(found for found in self.problems if found.severity == "warn")

    def as_text(self) -> str:
        """Return the report for a terminal: failures, warnings, the table, a summary."""
        pieces = [_group("FAILURES", self.failures), _group("WARNINGS", self.warnings)]
        pieces += [_table(self.table, self.pooled), _summary(self)]
        return "\n\n".join(piece for piece in pieces if piece)

    def as_json(self) -> str:
        """Return the report for programs."""
        return json.dumps(
            {
                "failures": len(self.failures),
                "warnings": len(self.warnings),
                "problems": [asdict(found) for found in self.problems],
                "readability": [asdict(row) for row in self.table],
                "pooled": list(self.pooled),
            },
            ensure_ascii=False,
            indent=1,
        )


def check_folder(scripts: Path, audio: Path | None, today: date | None = None) -> Report:
    """Check a scripts folder and the clips made from it; `audio` None leaves the clips out.

    A folder that cannot be loaded is reported too; what can be read of it is still checked.
    """
    script, broken = loaded(read_files(scripts))
    if script is None:
        return Report(in_order(broken), (), ())
    made, lost = (None, ()) if audio is None or broken else _audio(audio)
    day = today or date.today()
    found = content_problems(script, day) if broken else problems(script, made, day)
    found = tuple(one for one in found if not _follows(one, broken))
    table, pooled = tuple(_rows(script)), tuple(_pooled(script))
    return Report(in_order([*broken, *lost, *found]), table, pooled)


def _follows(found: Problem, broken: tuple[Problem, ...]) -> bool:
    """Say whether a problem is only there because a subject's file could not be read."""
    lost = [one.topic for one in broken if one.topic and one.where.startswith("line")]
    named = any(f"no subject {topic!r}" in found.message for topic in lost)
    return named or (bool(lost) and found.file.startswith(("menu.toml", "questions.toml")))


def loaded(files: Mapping[str, str]) -> tuple[Script | None, tuple[Problem, ...]]:
    """Return the script, or what can be read of it, and why it cannot be loaded."""
    try:
        return parse(files), ()
    except ScriptError as error:
        told = (_broken(defect, files.get(defect.file, "")) for defect in error.defects)
        return error.script, tuple(told)


def _audio(folder: Path) -> tuple[Audio | None, tuple[Problem, ...]]:
    try:
        return Audio(read_manifest(folder), folder), ()
    except ManifestError as error:
        finding = Finding("rule 79", str(error), "Run: python -m voice audio")
        return None, (problem(Place("audio/manifest.json"), finding),)


def problems(script: Script, audio: Audio | None, today: date) -> tuple[Problem, ...]:
    """Return every problem of a script, and of its clips where they are given, sorted."""
    found = list(content_problems(script, today))
    if not has_gaps(script):
        found += calls(script)
        found += sound(script, audio) if audio else ()
    return in_order(found)


def content_problems(script: Script, today: date) -> tuple[Problem, ...]:
    """Return what can be found without walking the call: quick enough for every key stroke."""
    languages, found = languages_of(script)
    found += wording(script, languages)
    found += topics(script, languages, today)
    found += facts(script)
    found += menus(script, languages)
    found += prompts(script, languages)
    found += texts(script, languages)
    found += pages(script)
    found += clinic(script, today)
    found += taught_words(script)
    return in_order(found)


def languages_of(script: Script) -> tuple[dict[str, Language], list[Problem]]:
    """Return what plain.toml says about each locale, and what is wrong with that."""
    languages: dict[str, Language] = {}
    found: list[Problem] = []
    for locale in script.locales:
        table = script.plain.get(locale, {})
        languages[locale], wrong = read(locale, table if isinstance(table, dict) else {})
        for told in wrong:
            where, _, message = told.partition(": ")
            place = Place(PLAIN, "", locale, where)
            fix = "Compare it with another language."
            found.append(problem(place, Finding(HOUSEHOLD, f"{message}.", fix)))
        found += _taught(languages[locale])
    return languages, found


def _taught(language: Language) -> Iterator[Problem]:
    if len(language.terms) > MOST_TERMS:
        place = Place(PLAIN, "", language.locale, "terms")
        message = f"{len(language.terms)} medical words are taught. The most is {MOST_TERMS}."
        fix = "Say one of them in plain words."
        yield problem(place, Finding("rule 8", message, fix))


def _broken(defect: Defect, text: str) -> Problem:
    """Turn a defect of a file that cannot be loaded into a problem."""
    topic = ""
    if defect.file.startswith("topics/"):
        topic = defect.file.removeprefix("topics/").removesuffix(".toml")
    locale = _locale_in(defect.where)
    place = Place(defect.file, topic, locale, defect.where)
    finding = Finding(HOUSEHOLD, defect.message, defect.fix)
    return problem(place, finding, _line(defect.where, locale, text))


def _line(where: str, locale: str, text: str) -> int:
    """Return the line a defect is on: the one it names, its field's, or its table's."""
    named = re.fullmatch(r"line (\d+)", where)
    if named:
        return int(named.group(1))
    field = where.removeprefix(f"{locale}.") if locale else where
    line = line_of(text, locale, field, "")
    table = re.search(rf"(?m)^\[{re.escape(locale)}", text) if locale else None
    return line or (text.count("\n", 0, table.start()) + 1 if table else 0)


def _locale_in(where: str) -> str:
    """Return the locale whose table a field is in, "" for none."""
    return next((piece for piece in where.split(".") if LOCALE.fullmatch(piece)), "")


def taught_words(script: Script) -> Iterator[Problem]:
    """Tell what is wrong in the patterns and phrases staff teach the line."""
    for slip in mistakes(script.files, script.locales, script.topics):
        place = Place(slip.file, "", _locale_in(slip.where), slip.where)
        yield problem(place, Finding(HOUSEHOLD, slip.message, slip.fix))


def sample(script: Script) -> Iterator[Problem]:
    """Tell that the clinic is still the made-up one."""
    if script.line.is_sample:
        message = "This is still the sample clinic: its numbers ring nowhere."
        fix = "Enter your clinic's name, numbers and hours in line.toml."
        yield problem(Place("line.toml"), Finding("sample", message, fix, severity="warn"))


def clinic(script: Script, today: date) -> Iterator[Problem]:
    """Tell what is odd in what the clinic says of itself."""
    yield from sample(script)
    zone = script.line.hours.time_zone
    if "/" not in zone.removeprefix("Etc/") and not _has_summer_time(ZoneInfo(zone), today.year):
        message = f"The time zone {zone!r} has no summer time."
        fix = "Name that of a city near you, such as America/New_York: its clock changes as yours."
        place = Place("line.toml", where="hours.time_zone")
        yield problem(place, Finding(HOUSEHOLD, message, fix, severity="warn"))


def _has_summer_time(zone: ZoneInfo, year: int) -> bool:
    return len({zone.utcoffset(datetime(year, month, 1)) for month in (1, 4, 7, 10)}) > 1


# Printing ----------------------------------------------------------------------------------------


def _group(title: str, found: tuple[Problem, ...]) -> str:
    lines = [f"{title}: {len(found)}"]
    for one in found:
        lines.append(f"{_where(one)}  [{one.rule}]")
        if one.sentence:
            lines.append(f'    "{" ".join(one.sentence.split())}"')
        lines.append(f"    {one.message} {one.fix}")
    return "\n".join(lines) if found else ""


def _where(found: Problem) -> str:
    file = f"{found.file}:{found.line}" if found.line else found.file
    topic = "" if found.topic in found.file else found.topic
    return "  ".join(piece for piece in (file, topic, found.locale, found.where) if piece)


def _summary(report: Report) -> str:
    if report.failures:
        verdict = "Not ready: mend the failures."
    else:
        verdict = "No failures." + (" A person has to accept the warnings." * bool(report.warnings))
    return f"{len(report.failures)} failures, {len(report.warnings)} warnings. {verdict}"


def _table(table: tuple[Row, ...], pooled: tuple[str, ...]) -> str:
    if not table:
        return ""
    lines = ["READABILITY (raw: medical words counted in full)"]
    width = max(len(row.topic) for row in table)
    lines.append(
        f"{'subject':{width}}  locale  {'formula':15}  score    raw  words/sentence  "
        "words in parts  texts"
    )
    for row in table:
        parts = " ".join(map(str, row.parts))
        lines.append(
            f"{row.topic:{width}}  {row.locale:6}  {row.formula:15}  {_number(row.score)}  "
            f"{_number(row.raw)}  {row.mean:14.1f}  {parts:14}  {_number(row.text_score)}"
        )
    return "\n".join([*lines, *pooled])


def _number(value: float | None) -> str:
    return "    -" if value is None else f"{value:5.1f}"


def _rows(script: Script) -> Iterator[Row]:
    every = tuple(passages(script))
    languages, _ = languages_of(script)
    for topic in script.topics:
        for locale in script.locales:
            language = languages[locale]
            spoken, texted = whole_text(every, topic, locale)
            parts = [
                passage.text
                for passage in every
                if passage.kind == "part"
                and (passage.place.topic, passage.place.locale) == (topic, locale)
            ]
            count = len(words(spoken, language.code)), max(1, len(sentences(spoken)))
            formula = language.reading.formula
            yield Row(
                topic=topic,
                locale=locale,
                formula=readability.FORMULAS[formula].title if formula else "none",
                score=_score(spoken, formula, language),
                raw=readability.score(spoken, formula) if formula else None,
                mean=count[0] / count[1],
                parts=tuple(len(words(part, language.code)) for part in parts),
                text_score=_score(texted, formula, language),
            )


def _score(text: str, formula: str, language: Language) -> float | None:
    return readability.score(text, formula, language.term_words) if formula else None


def _pooled(script: Script) -> Iterator[str]:
    """Yield the second formula over all subjects together (rules 2 and 29)."""
    every = tuple(passages(script))
    languages, _ = languages_of(script)
    for locale in script.locales:
        reading = languages[locale].reading
        if not reading.second_formula:
            continue
        text = "\n".join(whole_text(every, topic, locale)[0] for topic in script.topics)
        value = readability.score(text, reading.second_formula, languages[locale].term_words)
        title = readability.FORMULAS[reading.second_formula].title
        limit = f"limit {reading.second_limit:g}"
        yield f"all subjects together, {locale}: {title} {value:.1f} ({limit})"
