"""Pages: words in work as callers would hear them, made on the spot at both paces."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint, Response, abort, request, url_for
from flask.typing import ResponseReturnValue

from voice.console.checks import in_language
from voice.console.desk import desk, go, page, require, say, staff, words
from voice.console.drafting import live_script, opened
from voice.console.layout import full_label, title
from voice.console.names import language_in_words, language_of
from voice.draft.fields import TOPICS, NoSuchField, field_of
from voice.draft.subjects import spoken, subject_of
from voice.rehearsal.draft import in_work
from voice.rehearsal.orders import Order, Orders, Progress, to_hear
from voice.rehearsal.sounds import NAME, folder_of, found, prune
from voice.script import PACES, Defect, Script, ScriptError
from voice.shelf import Shelf, answer
from voice.speech.clips import Manifest, digest_of
from voice.store.drafts import read_work
from voice.store.recordings import recordings

_SUBJECT: Final = "/hear/<path:subject>"

Row = Mapping[str, Any]


def add(routes: Blueprint) -> None:
    """Add these pages."""
    routes.add_url_rule("/hear", "hear", hear)
    routes.add_url_rule(_SUBJECT, "hear_subject", hear_subject)
    routes.add_url_rule(_SUBJECT, "hear_make", hear_make, methods=["POST"])
    routes.add_url_rule("/hear/sound/<lexicon>/<name>", "hear_sound", hear_sound)
    routes.add_url_rule("/hear/progress/<name>", "hear_progress", hear_progress)


def orders() -> Orders:
    """What was ordered in this instance."""
    return Orders(desk().settings)


@require()
def hear() -> ResponseReturnValue:
    """What can be heard: subjects in work first."""
    prune(orders().root)
    script, changed = live_script(), read_work(desk().store).subjects
    every = [(name, title(name)) for name in spoken(script)]
    return page(
        "hear.html",
        changed=[one for one in every if one[0] in changed],
        others=[one for one in every if one[0] not in changed],
    )


# One subject -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Group:
    """What is said in a language. `hidden` counts rows that callers hear already."""

    locale: str
    rows: tuple[Row, ...]
    hidden: int


@require()
def hear_subject(subject: str) -> ResponseReturnValue:
    """Every clip of a subject as its words in work have it."""
    live = _live(subject)
    work = read_work(desk().store)
    shown: dict[str, Any] = {"subject": subject, "title": title(subject)}
    try:
        order = to_hear(in_work(live, work, subject), live, subject, recorded())
    except ScriptError as error:
        return page("hear_broken.html", 200, mends=mends(error), **shown)
    told = orders().progress(order.name)
    groups = _groups(live, subject, told) if told and told.state == "done" else ()
    shown |= {"progress": url_for("console.hear_progress", name=order.name), "told": told}
    in_draft = bool(work.of(subject))
    shown |= {"language_of": language_of, "language_in_words": language_in_words}
    return page("hear_subject.html", 200, groups=groups, paces=PACES, in_work=in_draft, **shown)


@require()
def hear_make(subject: str) -> ResponseReturnValue:
    """Make the sound of a subject's words in work."""
    live, work = _live(subject), read_work(desk().store)
    try:
        order = to_hear(in_work(live, work, subject), live, subject, recorded())
    except ScriptError:
        return go(url_for("console.hear_subject", subject=subject))
    return begun(order, url_for("console.hear_subject", subject=subject))


def _live(subject: str) -> Script:
    live = live_script()
    if subject not in spoken(live):
        abort(404)
    return live


def _groups(script: Script, subject: str, told: Progress) -> tuple[Group, ...]:
    """What was made, language by language; of what is no topic only what is new, unless asked."""
    rows: tuple[Row, ...] = tuple(told.result["rows"])
    return tuple(_group(locale, rows, _all_of(subject, locale)) for locale in script.locales)


def _all_of(subject: str, locale: str) -> bool:
    return subject.startswith(TOPICS) or request.args.get("all") == locale


def _group(locale: str, rows: tuple[Row, ...], every: bool) -> Group:
    mine = [row for row in rows if row["locale"] == locale]
    shown = tuple(row for row in mine if every or row["new"])
    return Group(locale, shown, len(mine) - len(shown))


@dataclass(frozen=True)
class Mend:
    """What keeps words from being read together; `language` is that of `told`."""

    where: str
    told: str
    language: str


def mends(error: ScriptError) -> tuple[Mend, ...]:
    """What must be mended, in the reader's language where somebody wrote it."""
    return tuple(map(_mend, error.defects))


def _mend(defect: Defect) -> Mend:
    language = words().language
    told = [in_language(text, language) for text in (defect.message, defect.fix)]
    if None in told:
        return Mend(_where(defect), f"{defect.message} {defect.fix}", "en")
    return Mend(_where(defect), " ".join(text for text in told if text), language)


def _where(defect: Defect) -> str:
    """The field a defect is in, as its page calls it; else its place in the file."""
    try:
        field = field_of(live_script().files, f"{defect.file}:{defect.where}")
    except NoSuchField:
        return f"{defect.file}: {defect.where}"
    desktop = opened(subject_of(field))
    return f"{title(desktop.subject)}: {full_label(desktop, field)}"


def recorded() -> str:
    """What people have recorded, as a digest: new recordings are to be heard, too."""
    return digest_of({one.name: one.digest for one in recordings(desk().store)})


# Sound on its way --------------------------------------------------------------------------------


def begun(order: Order, back: str) -> ResponseReturnValue:
    """Begin to make what is ordered, and go back to where it will be heard.

    A script is told where to ask how far it is.
    """
    started = orders().begin(order, staff().id)
    if request.accept_mimetypes.best == "application/json":
        place = url_for("console.hear_progress", name=order.name) if started else ""
        return {"progress": place, "told": "" if started else words()("hear.busy")}
    if not started:
        say("hear.busy")
        return go(back)
    return go(f"{back}#sound")


@require()
def hear_progress(name: str) -> ResponseReturnValue:
    """How far an order is. A page asks by itself, which keeps nobody signed in."""
    told = orders().progress(name) if NAME.fullmatch(name) else None
    if told is None:
        return {"running": False, "done": 0, "total": 0, "told": ""}
    said = words()("hear.made_of", done=told.done, total=told.total) if told.total else ""
    return {"running": told.running, "done": told.done, "total": told.total, "told": said}


@require()
def hear_sound(lexicon: str, name: str) -> Response:
    """A clip that no caller hears yet. No browser keeps it: the console has none keep anything."""
    if not (NAME.fullmatch(lexicon) and NAME.fullmatch(name)):
        abort(404)
    root = orders().root
    clip = found(root, lexicon, name)
    if clip is None:
        abort(404)
    shelf = Shelf(folder_of(root, lexicon), lambda: Manifest({clip.key: clip}))
    return answer(shelf, clip.name)
