"""Pages: "say it like…": how the voice says a word, before and after, kept in the lexicon."""

from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, abort, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import RadioField, StringField

from voice.console.desk import desk, go, page, require, say, staff
from voice.console.drafting import WRITERS, Desktop, kept, live_script, may_write, opened, seen
from voice.console.forms import wrong
from voice.console.hearing import begun, orders
from voice.console.names import language_of, readers_locale
from voice.draft.field import Field
from voice.draft.fields import LEXICON, SOUNDS, field_of, locales_of
from voice.rehearsal.draft import in_work
from voice.rehearsal.orders import Order, to_say
from voice.rehearsal.spelling import entry_for, like_of, sentence_with, word_of
from voice.script import LexiconEntry, Script, ScriptError
from voice.store.drafts import read_work

SUBJECT: Final = "lexicon"


def add(routes: Blueprint) -> None:
    """Add these pages."""
    routes.add_url_rule("/say", "say", say_it)
    routes.add_url_rule("/say", "say_try", say_try, methods=["POST"])
    routes.add_url_rule("/say/save", "say_save", say_save, methods=["POST"])


def _a_word(form: FlaskForm, field: Any) -> None:
    """A check: this can be a word of the lexicon."""
    if not word_of(str(field.data or "")):
        raise wrong("word")


def _a_like(form: FlaskForm, field: Any) -> None:
    """A check: anybody can read this aloud."""
    if not like_of(str(field.data or "")):
        raise wrong("like")


def _a_locale(form: FlaskForm, field: Any) -> None:
    """A check: one of the line's languages."""
    if field.data not in live_script().locales:
        raise wrong("locale")


class Say(FlaskForm):  # type: ignore[misc]
    """A word of a language, and how it is to be said."""

    word = StringField(validators=[_a_word])
    locale = RadioField(validate_choice=False, validators=[_a_locale])
    like = StringField(validators=[_a_like])

    @property
    def order(self) -> Order:
        """Its sentence before and after."""
        script, locale = live_script(), str(self.locale.data)
        written = in_work_or_live(script)
        word = entry_for(written.lexicon, word_of(str(self.word.data)), locale).word
        sentence = sentence_with(written, locale, word) or word
        return to_say(script, word, locale, like_of(str(self.like.data)), sentence)

    @property
    def place(self) -> str:
        """The address that shows it."""
        return url_for(
            "console.say",
            word=word_of(str(self.word.data)),
            locale=self.locale.data,
            like=like_of(str(self.like.data)),
        )


@require()
def say_it() -> ResponseReturnValue:
    """The form; and, of what the address asks for, how it sounds before and after."""
    form = Say(formdata=None, data=_asked())
    return _shown(form)


@require()
def say_try() -> ResponseReturnValue:
    """Make the sound of a word said like this."""
    form = Say()
    if not form.validate():
        return _shown(form, 422)
    return begun(form.order, form.place)


@require(*WRITERS)
def say_save() -> ResponseReturnValue:
    """Keep how a word is said, as somebody just heard it."""
    form = Say()
    if not form.validate():
        return _shown(form, 422)
    told = orders().progress(form.order.name)
    if told is None or told.state != "done":
        say("say.hear_first")
        return go(form.place)
    _save(LexiconEntry(**told.result["entry"]))
    return go(form.place)


def _save(entry: LexiconEntry) -> None:
    """Save an entry field by field; tell what became of it."""
    desktop = opened(SUBJECT)
    typed: dict[str, str] = {}
    for field in _fields(desktop, entry):
        typed[field.id] = str(getattr(entry, field.path[2]))
        typed[f"seen:{field.id}"] = request.form.get(f"seen:{field.path[2]}", "")
    kinds = {one.kind for one in kept(desktop, typed)}
    if "not-yours" in kinds:
        say("say.not_yours")
    elif "conflict" in kinds:
        say("say.met", word=entry.word)
    elif kinds:
        say("say.saved", word=entry.word)
    else:
        say("say.same_words", word=entry.word)


def _fields(desktop: Desktop, entry: LexiconEntry) -> tuple[Field, ...]:
    where = f"word.{entry.locale}"
    names = (f"{LEXICON}:{where}.{sound}.{entry.word}" for sound in SOUNDS)
    return tuple(field_of(desktop.live, name) for name in names)


# The page ----------------------------------------------------------------------------------------


def _asked() -> dict[str, str]:
    """What the address asks for; a language it does not name is the reader's."""
    script = live_script()
    locale = request.args.get("locale", "")
    return {
        "word": request.args.get("word", ""),
        "like": request.args.get("like", ""),
        "locale": locale if locale in script.locales else readers_locale(script),
    }


def _shown(form: Say, status: int = 200) -> ResponseReturnValue:
    script = live_script()
    if LEXICON not in script.files:
        abort(404)
    form.locale.choices = [(one, language_of(one)) for one in script.locales]
    return page(
        "say.html",
        status,
        form=form,
        locales=[(one, language_of(one), "") for one in script.locales],
        **_heard(form, script),
    )


def _heard(form: Say, script: Script) -> Mapping[str, Any]:
    """How a word is said now, and how it would be; nothing for what cannot be said."""
    word, like = word_of(str(form.word.data or "")), like_of(str(form.like.data or ""))
    locale = str(form.locale.data)
    if form.errors or not word:
        return {"told": None, "now": None}
    now = entry_for(in_work_or_live(script).lexicon, word, locale)
    shown: dict[str, Any] = {"now": now, "word": word, "locale": locale, "told": None}
    if not like:
        return shown
    order = form.order
    sentence = order.fields["sentence"]
    return shown | {
        "like": like,
        "sentence": sentence if sentence != order.fields["word"] else "",
        "told": orders().progress(order.name),
        "progress": url_for("console.hear_progress", name=order.name),
        "seen": _seen(now),
        "mine": _mine(now),
    }


def in_work_or_live(script: Script) -> Script:
    """All words in work; the live ones while those cannot be read together."""
    try:
        return in_work(script, read_work(desk().store))
    except ScriptError:
        return script


def _seen(entry: LexiconEntry) -> Mapping[str, str]:
    """What the page shows of an entry's fields, to be given back when they are saved."""
    desktop = opened(SUBJECT)
    found = {}
    for field in _fields(desktop, entry):
        place = desktop.places.get(field.id)
        found[field.path[2]] = place.seen if place else seen(0, "")
    return found


def _mine(entry: LexiconEntry) -> bool:
    """Whether who asks may change how this word is said."""
    if not staff().holds(*WRITERS):
        return False
    desktop = opened(SUBJECT)
    locales = locales_of(desktop.live)
    return all(may_write(staff(), field, locales) for field in _fields(desktop, entry))
