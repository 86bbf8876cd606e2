"""`check` finds each breach where it is, and nothing in a good script."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.failure.clips import spoken
from tests.publisher import TINY
from tests.small import REVIEW, SIGNED, SOURCES, TODAY, changed, signed, small
from voice.check import Problem, Report, check_folder, content_problems, problems
from voice.check.sound import Audio, sound, wrong
from voice.plain.finding import Finding
from voice.release import utterances
from voice.script import OptionWording, Script, Utterance, load
from voice.speech.clips import read_manifest
from voice.speech.measure import Measured

Change = Callable[[Script], Script]
LONG = f"You wear it on your arm {'and you keep it dry ' * 4}."
HARD = " ".join(["Immobilization necessitates considerable rehabilitation afterwards."] * 9)


@pytest.fixture(scope="module")
def good(script: Script) -> Script:
    return small(script)


def found(script: Script, today: date = TODAY) -> list[tuple[str, str, str, str, str]]:
    """Return severity, file, locale, field and rule of every problem, the shipped files aside.

    Whatever is found says what is wrong and how to mend it. The line's own words are left out:
    most of the time would go into reading them.
    """
    alone = replace(quiet(signed(script)), files={})
    every = [
        one
        for one in content_problems(alone, today)
        if one.file not in ("line.toml", "prompts.toml")
    ]
    assert all(one.message.endswith(".") and one.fix for one in every)
    return [(one.severity, one.file, one.locale, one.where, one.rule) for one in every]


def quiet(script: Script) -> Script:
    """Leave out what the line says itself, but what a choice and a text are put into."""
    prompts = {
        locale: replace(
            own,
            call={"option": own.call["option"]},
            message={name: own.message[name] for name in ("more", "submenu")},
        )
        for locale, own in script.prompts.items()
    }
    return replace(script, prompts=prompts)


def cast(**change: object) -> Change:
    return lambda script: changed(script, "cast", "en-US", **change)


def yeso(**change: object) -> Change:
    return lambda script: changed(script, "cast", "es-US", **change)


def topic(name: str, **change: object) -> Change:
    return lambda script: changed(script, name, **change)


def words(name: str, locale: str, **change: object) -> Change:
    return lambda script: changed(script, name, locale, **change)


def part(text: str) -> Change:
    return cast(parts=(f"You wear it for four to six weeks.\n{text}",))


def parte(text: str) -> Change:
    return yeso(parts=(f"Usted lo usa de cuatro a seis semanas.\n{text}",))


def options(**change: object) -> Change:
    """Change the first option of the menu, or its English words."""

    def make(script: Script) -> Script:
        first, *others = script.options
        if "key" in change or "topics" in change:
            return replace(script, options=(replace(first, **change), *others))
        changed_words = {**first.wording, "en-US": replace(first.wording["en-US"], **change)}
        return replace(script, options=(replace(first, wording=changed_words), *others))

    return make


def six_options(script: Script) -> Script:
    extra = [
        replace(
            script.options[1],
            key=str(key),
            wording={
                locale: OptionWording(f"{label} {name}", name, ())
                for locale, label in (("en-US", "For"), ("es-US", "Para"))
            },
        )
        for key, name in enumerate(("apples", "pears", "plums", "figs"), 3)
    ]
    return replace(script, options=(*script.options, *extra))


def prompt(channel: str, name: str, text: str) -> Change:
    def make(script: Script) -> Script:
        english = script.prompts["en-US"]
        texts = {**getattr(english, channel), name: text}
        return replace(
            script, prompts={**script.prompts, "en-US": replace(english, **{channel: texts})}
        )

    return make


def sources(group: str, **change: object) -> Change:
    """Change the first row of a group of sources.toml."""

    def make(script: Script) -> Script:
        first, *others = SOURCES[group]
        return replace(script, sources={**SOURCES, group: [{**first, **change}, *others]})

    return make


CAST, GAINS, SIGNS = "topics/cast.toml", "topics/gains.toml", "topics/signs.toml"

BREACHES = {
    "too hard to read": (cast(parts=(HARD,)), CAST, "en-US", "parts", "rule 1"),
    "a long sentence": (part(LONG), CAST, "en-US", "parts 1", "rule 4"),
    "a long Spanish sentence": (
        parte(f"Usted usa el yeso {'y lo cuida bien ' * 5}."),
        CAST, "es-US", "parts 1", "rule 32",
    ),
    "the patient": (part("The patient wears a sling."), CAST, "en-US", "parts 1", "rule 6"),
    "a banned word": (part("Your fracture will heal."), CAST, "en-US", "parts 1", "rule 7"),
    "a banned word bent": (part("Doctors utilized it."), CAST, "en-US", "parts 1", "rule 7"),
    "a banned word in a title": (cast(title="The procedure"), CAST, "en-US", "title", "rule 7"),
    "a banned word in a text": (
        cast(texts=("The incision heals.",)), CAST, "en-US", "texts 1", "rule 7",
    ),
    "a banned word in an action": (
        cast(action="Ask your physician."), CAST, "en-US", "action", "rule 7",
    ),
    "a banned Spanish word": (parte("La incisión es chica."), CAST, "es-US", "parts 1", "rule 7"),
    "no gloss": (part("You may have osteoporosis. Eat well."), CAST, "en-US", "parts 1", "rule 8"),
    "no Spanish gloss": (
        parte("Usted puede tener osteoporosis. Coma bien."), CAST, "es-US", "parts 1", "rule 37",
    ),
    "three medical words": (
        part("An X-ray picture and an MRI scan show weak bones, called osteoporosis."),
        CAST, "en-US", "parts 1", "rule 8",
    ),
    "a long word": (part("You are uncomfortable."), CAST, "en-US", "parts 1", "rule 9"),
    "an abbreviation": (part("Ask at the DMV."), CAST, "en-US", "parts 1", "rule 10"),
    "a sign": (part("You rest & wait."), CAST, "en-US", "parts 1", "rule 10"),
    "an emoji to say": (part("You rest \U0001f600."), CAST, "en-US", "parts 1", "rule 10"),
    "a pasted bullet": (part("\u2022 You rest."), CAST, "en-US", "parts 1", "rule 10"),
    "a dot for a bullet": (part("\u00b7 You rest."), CAST, "en-US", "parts 1", "rule 10"),
    "a font's own bullet": (part("\uf0b7 You rest."), CAST, "en-US", "parts 1", "rule 10"),
    "a long main message": (
        cast(main_message="You rest. " * 4), CAST, "en-US", "main_message", "rule 11",
    ),
    "six points": (
        cast(parts=("You wear it for four to six weeks." + "\nYou rest." * 5,)),
        CAST, "en-US", "parts", "rule 12",
    ),
    "a long part": (part("You rest a lot. " * 16), CAST, "en-US", "parts 1", "rule 13"),
    "an action that is none": (
        cast(action="Your doctor can help."), CAST, "en-US", "action", "rule 14",
    ),
    "two actions": (cast(action="Ask us. Rest."), CAST, "en-US", "action", "rule 14"),
    "filler": (part("Your call is important to us."), CAST, "en-US", "parts 1", "rule 15"),
    "a name": (part("Ask Dr. Smith."), CAST, "en-US", "parts 1", "rule 15"),
    "two denominators": (
        part("It hurts 1 out of 10 people and 2 out of 100."), CAST, "en-US", "parts", "rule 17",
    ),
    "an odd denominator": (part("It hurts 3 in 40 people."), CAST, "en-US", "parts", "rule 17"),
    "a relative risk": (part("It is twice as good."), CAST, "en-US", "parts 1", "rule 18"),
    "times more": (part("You heal five times more."), CAST, "en-US", "parts 1", "rule 18"),
    "a decimal": (part("It weighs 1.5 pounds."), CAST, "en-US", "parts 1", "rule 19"),
    "percent": (part("It helps 90 percent."), CAST, "en-US", "parts 1", "rule 19"),
    "a per cent sign": (part("It helps 90%."), CAST, "en-US", "parts 1", "rule 19"),
    "Spanish percent": (parte("Ayuda al noventa por ciento."), CAST, "es-US", "parts 1", "rule 19"),
    "many numbers": (part("You count 4, 6, 4 and 6."), CAST, "en-US", "parts 1", "rule 19"),
    "an unknown number": (part("You wait 12 days."), CAST, "en-US", "parts 1", "rule 20"),
    "an unknown number word": (part("You wait twelve days."), CAST, "en-US", "parts 1", "rule 20"),
    "an unknown Spanish number": (parte("Espere doce días."), CAST, "es-US", "parts 1", "rule 20"),
    "a number in a text": (cast(texts=("You wait 9 days.",)), CAST, "en-US", "texts 1", "rule 20"),
    "numbers that differ": (
        yeso(parts=("Usted lo usa cuatro semanas.\nSu médico se lo pone.",)),
        CAST, "es-US", "parts", "rule 20",
    ),
    "a second name": (part("Ask the ER."), CAST, "en-US", "parts 1", "rule 22"),
    "for the eye": (part("You can see above."), CAST, "en-US", "parts 1", "rule 23"),
    "Spanish too hard": (
        yeso(parts=("Inmediatamente recomendaríamos considerables precauciones. " * 10,)),
        CAST, "es-US", "parts", "rule 28",
    ),
    "points that differ": (
        yeso(parts=("Usted lo usa de cuatro a seis semanas.",)),
        CAST, "es-US", "parts 1", "rule 36",
    ),
    "a lost accent": (parte("Llame a su medico."), CAST, "es-US", "parts 1", "rule 37"),
    "English in Spanish": (parte("Use el brace."), CAST, "es-US", "parts 1", "rule 37"),
    "six choices": (six_options, "menu.toml", "", "option", "rule 38"),
    "a label without For": (
        options(label="About casts"), "menu.toml", "en-US", "option 1 label", "rule 40",
    ),
    "a long label": (
        options(label="To learn all about how casts are made and worn"),
        "menu.toml", "en-US", "option 1 label", "rule 42",
    ),
    "labels alike": (
        words("gains", "en-US", menu_label="To hear what a cast does"),
        CAST, "en-US", "menu_label", "rule 42",
    ),
    "keys out of order": (options(key="3"), "menu.toml", "", "option", "rule 43"),
    "a fixed key moved": (
        lambda script: replace(script, keys={**script.keys, "again": "4"}),
        "menu.toml", "", "keys", "rule 46",
    ),
    "the key for a text moved": (
        lambda script: replace(script, keys={**script.keys, "text": "3"}),
        "menu.toml", "", "keys", "rule 46",
    ),
    "a long title": (
        cast(title="All that you may want to know"), CAST, "en-US", "title", "rule 54",
    ),
    "a number written out": (part("Call 911."), CAST, "en-US", "parts 1", "rule 76"),
    "a long text": (cast(texts=("You rest well. " * 30,)), CAST, "en-US", "texts 1", "rule 82"),
    "a long Spanish text": (
        yeso(texts=("Usted descansa así. " * 15,)), CAST, "es-US", "texts 1", "rule 83",
    ),
    "text-speak": (cast(texts=("Make an appt.",)), CAST, "en-US", "texts 1", "rule 84"),
    "an emoji": (cast(texts=("Rest well \U0001f600.",)), CAST, "en-US", "texts 1", "rule 84"),
    "a link": (cast(texts=("Go to https://bit.ly/x.",)), CAST, "en-US", "texts 1", "rule 85"),
    "no emergency line": (
        words(
            "signs", "en-US",
            main_message="Call for chest pain or trouble breathing, or if you faint.",
            action="Call for chest pain.",
        ),
        SIGNS, "en-US", "parts", "rule 93",
    ),
    "no emergency line in the text": (
        words("signs", "es-US", texts=("Llame si le duele el pecho.",)),
        SIGNS, "es-US", "texts", "rule 93",
    ),
    "a risk without an emergency line": (
        topic("cast", tags=("risk",)), CAST, "en-US", "parts", "rule 93",
    ),
    "warning signs two presses away": (
        topic("signs", tags=()), "menu.toml", "", "option", "rule 94",
    ),
    "a promise": (part("You do not need to worry."), CAST, "en-US", "parts 1", "rule 95"),
    "a prescription": (part("Stop taking your pills."), CAST, "en-US", "parts 1", "rule 95"),
    "a Spanish promise": (parte("No se preocupe."), CAST, "es-US", "parts 1", "rule 95"),
    "a warning sign left out": (
        words("signs", "en-US", main_message="Call {emergency} now for chest pain."),
        SIGNS, "en-US", "parts", "rule 96",
    ),
    "gains without risks": (
        words("gains", "en-US", main_message="A cast may ease your pain."),
        GAINS, "en-US", "parts", "rule 99",
    ),
    "one signer": (
        topic("cast", sign_offs={**SIGNED, "en-US": {"editor": "Ana, 1", "clinician": "ana, 2"}}),
        CAST, "en-US", "sign_offs", "rule 100",
    ),
    "out of date": (topic("cast", review_by=date(2026, 1, 1)), CAST, "", "", "rule 101"),
    "a private question": (part("Say your date of birth."), CAST, "en-US", "parts 1", "rule 119"),
    "an unknown fact": (topic("cast", facts=("F-001", "F-999")), CAST, "", "facts", "fact"),
    "an unread fact": (topic("cast", facts=("F-001", "X-002")), CAST, "", "facts", "fact"),
    "a background fact": (topic("cast", facts=("F-001", "F-004")), CAST, "", "facts", "fact"),
    "a core fact left out": (topic("cast", facts=()), CAST, "", "facts", "fact"),
    "an avoided phrase": (part("It never slips."), CAST, "en-US", "parts 1", "conflict C-01"),
    "an avoided phrase in Spanish": (
        parte("Nunca se mueve."), CAST, "es-US", "parts 1", "conflict C-01",
    ),
    "a source without a field": (
        lambda script: replace(script, sources={**SOURCES, "fact": [{"id": "F-001"}]}),
        "sources.toml", "", "fact F-001", "file",
    ),
    "an id used twice": (
        sources("fact", id="F-002"), "sources.toml", "", "fact F-002", "file",
    ),
    "a reserved keyword": (cast(keywords=("stop",)), CAST, "en-US", "keywords", "keyword"),
    "a reserved keyword in capitals": (
        cast(keywords=("INFO",)), CAST, "en-US", "keywords", "keyword",
    ),
    "a keyword twice": (
        words("gains", "en-US", keywords=("Cast!",)), GAINS, "en-US", "keywords", "keyword",
    ),
    "a command as keyword": (cast(keywords=("menu",)), CAST, "en-US", "keywords", "keyword"),
    "an unknown tag": (topic("cast", tags=("nice",)), CAST, "", "", "file"),
    "few questions": (
        cast(sample_questions=("Why?",)), CAST, "en-US", "sample_questions", "file",
    ),
    "no text": (cast(texts=("",)), CAST, "en-US", "texts", "rule 58"),
}  # fmt: skip

CAUTIONS = {
    "many commas": (part("You rest, eat, sleep, and walk."), CAST, "en-US", "parts 1", "rule 4"),
    "nobody acts": (
        cast(parts=("It is put on. It is taken off.\nIt is seen for four to six weeks.",)),
        CAST, "en-US", "parts", "rule 5",
    ),
    "rare without a count": (part("Trouble is rare."), CAST, "en-US", "parts", "rule 16"),
    "soon": (part("You go home soon."), CAST, "en-US", "parts 1", "rule 21"),
    "a double no": (part("Do not forget to rest."), CAST, "en-US", "parts 1", "rule 21"),
    "elderspeak": (part("Rest, sweetie."), CAST, "en-US", "parts 1", "rule 24"),
    "tú": (parte("Tú puedes caminar."), CAST, "es-US", "parts 1", "rule 33"),
    "not signed": (
        topic("cast", sign_offs={**SIGNED, "en-US": {"writer": "pending"}}),
        "topics/", "en-US", "sign_offs", "rule 100",
    ),
    "not translated": (
        topic("cast", sign_offs={**SIGNED, "es-US": {**SIGNED["es-US"], "translator": "pending"}}),
        "topics/", "es-US", "sign_offs", "rule 34",
    ),
    "a review far away": (topic("cast", review_by=date(2030, 1, 1)), CAST, "", "", "rule 101"),
}  # fmt: skip

PROMPTS = {
    "blame": (
        prompt("call", "no_match_1", "Invalid key. Press {person}."), "call.no_match_1", "rule 52",
    ),
    "no way to a person": (
        prompt("call", "no_input_1", "Try again."), "call.no_input_1", "rule 52",
    ),
    "many keys": (
        prompt("call", "keys", "Press {pause}, {slower}, {again}, or {skip}."),
        "call.keys", "rule 46",
    ),
    "the key first": (
        prompt("call", "option", "Press {key}: {label}."), "call.option", "rule 40",
    ),
    "no emergency number": (
        prompt("call", "emergency", "If this is urgent, hang up."), "call.emergency", "rule 92",
    ),
    "a long disclaimer": (
        prompt("call", "disclaimer", "You rest. " * 8), "call.disclaimer", "rule 98",
    ),
    "no STOP": (
        prompt("message", "first", "Rates apply for each text. HELP."), "message.first", "rule 86",
    ),
    "HELP without a number": (
        prompt("message", "help", "Text STOP to end. Call {emergency}."), "message.help", "rule 88",
    ),
    "a goodbye without a number": (
        prompt("call", "goodbye", "Goodbye."), "call.goodbye", "rule 53",
    ),
    "a number only once": (
        prompt("call", "read_later_number", "Send it to {text_number}."),
        "call.read_later_number", "rule 76",
    ),
    "a machine that hears what the call is about": (
        prompt("call", "voicemail", "{clinic} on kyphoplasty. Call {phone}. Again, {phone}."),
        "call.voicemail", "rule 120",
    ),
    "a text without its costs": (
        prompt("call", "text_rates", "It is quick."), "call.text_rates", "rule 86",
    ),
    "a call-back without the emergency number": (
        prompt("call", "callback_end", "Or you can hang up."), "call.callback_end", "rule 93",
    ),
}  # fmt: skip


def test_a_good_script_has_no_problem(good: Script) -> None:
    assert found(good) == []


def test_the_shipped_script_has_no_failure(script: Script) -> None:
    failures = [one for one in problems(script, None, REVIEW) if one.severity == "fail"]
    assert failures == []


def test_ten_subjects_behind_one_choice_are_too_many_to_reach(good: Script) -> None:
    more = {f"cast-{number}": good.topics["cast"] for number in range(9)}
    first, *others = good.options
    topics = {name: replace(topic, id=name) for name, topic in more.items()}
    wide = replace(
        good,
        topics={**good.topics, **topics},
        options=(replace(first, topics=(*first.topics, *topics)), *others),
    )
    every = {(one.rule, one.where) for one in problems(wide, None, TODAY)}
    assert {("rule 38", "option 1"), ("rule 39", "option")} <= every


@pytest.mark.parametrize("breach", BREACHES.values(), ids=BREACHES.keys())
def test_a_breach_is_found_where_it_is(
    good: Script, breach: tuple[Change, str, str, str, str]
) -> None:
    change, *place = breach
    assert ("fail", *place) in found(change(good))


@pytest.mark.parametrize("caution", CAUTIONS.values(), ids=CAUTIONS.keys())
def test_a_caution_is_a_warning(good: Script, caution: tuple[Change, str, str, str, str]) -> None:
    change, *place = caution
    every = found(change(good))
    assert ("warn", *place) in every
    assert not [one for one in every if one[0] == "fail" and one[4] == place[-1]]


@pytest.mark.parametrize("breach", PROMPTS.values(), ids=PROMPTS.keys())
def test_a_prompt_that_breaks_a_rule_is_found(
    good: Script, breach: tuple[Change, str, str]
) -> None:
    change, where, rule = breach
    every = content_problems(change(good), TODAY)
    assert [one for one in every if (one.where, one.rule, one.locale) == (where, rule, "en-US")]


def test_a_sign_off_ends_with_the_first_letter_that_changes(good: Script) -> None:
    def unsigned(script: Script) -> list[str]:
        found = content_problems(script, TODAY)
        return [f"{one.locale} {one.message}" for one in found if one.where == "sign_offs"]

    read = signed(good)
    assert unsigned(read) == []
    assert unsigned(changed(read, "cast", "en-US", title="The cast and yoU")) == [
        "en-US Nobody has signed these words as writer, editor, clinician: cast."
    ]


def test_a_line_number_leads_to_the_sentence(script: Script) -> None:
    text = script.files["topics/risks.toml"].splitlines()
    broken = changed(
        script, "risks", "en-US", action=script.topics["risks"].wording["en-US"].action
    )
    wrong = changed(broken, "risks", facts=("F-999",))
    one = next(one for one in content_problems(wrong, TODAY) if "F-999" in one.message)
    assert text[one.line - 1].startswith("facts")


# Folders -----------------------------------------------------------------------------------------


def write(folder: Path, script: Script, **files: str) -> Path:
    for name, text in {**script.files, **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


def test_a_file_that_cannot_be_read_is_reported_with_its_line(
    tmp_path: Path, script: Script
) -> None:
    menu = script.files["menu.toml"].replace('key = "1"', 'key = "1', 1)
    number = menu.splitlines().index('key = "1') + 1
    report = check_folder(write(tmp_path, script, **{"menu.toml": menu}), None, TODAY)
    assert [(one.file, one.line, one.rule) for one in report.failures] == [
        ("menu.toml", number, "file")
    ]


def test_a_file_that_cannot_be_read_does_not_hide_what_is_wrong_elsewhere(
    tmp_path: Path, script: Script
) -> None:
    risks = script.files["topics/risks.toml"].replace('title = "', "title = ", 1)
    who = script.files["topics/candidacy.toml"].replace("treatment", "procedure")
    files = {"topics/risks.toml": risks, "topics/candidacy.toml": who}
    report = check_folder(write(tmp_path, script, **files), None, TODAY)
    wrong = {(failure.file, failure.rule) for failure in report.failures}
    assert {file for file, _ in wrong} == set(files)
    assert ("topics/candidacy.toml", "rule 7") in wrong


@pytest.mark.parametrize("locale", ["es-US", "es-419"])
def test_a_missing_field_is_reported_with_its_place(
    tmp_path: Path, script: Script, locale: str
) -> None:
    name = "topics/risks.toml"
    files = {one: text.replace("es-US", locale) for one, text in script.files.items()}
    head, spanish = files[name].split(f"[{locale}]")
    broken = head + f"[{locale}]" + spanish.replace("title =", "titel =", 1)
    report = check_folder(write(tmp_path, script, **files | {name: broken}), None, TODAY)
    line = broken.splitlines().index(f"[{locale}]") + 1
    told = [(one.file, one.topic, one.locale, one.where, one.line) for one in report.failures]
    assert (name, "risks", locale, f"{locale}.title", line) in told
    assert (name, "risks", locale, f"{locale}.titel", line + 1) in told


def test_a_wrong_list_of_plain_words_is_reported(good: Script) -> None:
    plain = '[en-US.reading]\nformula = "fog"\n[en-US.words]\nfiler = ["x"]\n[en-US.fun]\n'
    every = content_problems(replace(good, plain=tomllib.loads(plain)), TODAY)
    told = {one.where for one in every if (one.severity, one.file) == ("fail", "plain.toml")}
    assert told == {"reading.formula", "words.filer", "fun"}


def test_without_plain_words_nothing_is_measured(good: Script) -> None:
    shouting = part(f"Ask at the DMV. {HARD}")(good)
    assert ("fail", CAST, "en-US", "parts", "rule 1") in found(shouting)
    told = {rule for severity, *_, rule in found(replace(shouting, plain={})) if severity == "fail"}
    assert told == {"rule 10"}
    assert {row.score for row in check_folder(TINY, None, TODAY).table} == {None}


def test_clips_that_were_not_made_are_reported(tmp_path: Path) -> None:
    without = check_folder(TINY, None, TODAY).failures
    missing = set(check_folder(TINY, tmp_path, TODAY).failures) - set(without)
    assert {one.rule for one in missing} == {"rule 79"}
    assert {one.locale for one in missing} == set(load(TINY).locales)


def test_a_line_in_another_language_without_word_lists_is_checked_too(good: Script) -> None:
    def only(table: Mapping[str, Any]) -> dict[str, Any]:
        return {"fr-CA": table["en-US"]}

    french = replace(
        good,
        line=replace(
            good.line,
            locales=("fr-CA",),
            name=only(good.line.name),
            address=only(good.line.address),
        ),
        prompts=only(good.prompts),
        words=only(good.words),
        options=tuple(replace(one, wording=only(one.wording)) for one in good.options),
        topics={
            name: replace(one, wording=only(one.wording), sign_offs=only(one.sign_offs))
            for name, one in good.topics.items()
        },
    )
    assert [one for one in problems(french, None, TODAY) if one.severity == "fail"] == []
    shouting = changed(french, "cast", "fr-CA", keywords=("STOP",))
    assert [one.rule for one in problems(shouting, None, TODAY) if one.severity == "fail"] == [
        "keyword", "keyword",
    ]  # fmt: skip


# Sound -------------------------------------------------------------------------------------------

TWENTY = "You wear it for four to six weeks and you keep it dry and clean and warm all day long."
RIGHT = Measured("WAV ULAW", 8000, 1, 9.0, -21.0, -3.0, 0.0, 150, 350, 0)


@pytest.mark.parametrize(
    ("change", "rules"),
    [
        pytest.param({}, [], id="a good clip"),
        pytest.param({"format": "WAV PCM_16"}, ["rule 71"], id="not mu-law"),
        pytest.param({"rate": 16000}, ["rule 71"], id="another rate"),
        pytest.param({"level": -23.5}, ["rule 68"], id="too soft"),
        pytest.param({"peak": -0.2}, ["rule 70"], id="too near the top"),
        pytest.param({"clipped": 9}, ["rule 70"], id="clipped"),
        pytest.param({"offset": 0.02}, ["rule 70"], id="off centre"),
        pytest.param({"head": 10}, ["rule 74"], id="cut at the start"),
        pytest.param({"tail": 900}, ["rule 74"], id="a long tail"),
        pytest.param({"seconds": 5.0}, ["rule 63"], id="too fast"),
        pytest.param({"seconds": 15.0}, ["rule 63"], id="too slow"),
    ],
)
def test_a_clip_is_measured(change: dict[str, Any], rules: list[str]) -> None:
    one = Utterance(TWENTY, "en-US", "normal", 150)
    assert [rule for rule, *_ in wrong(one, replace(RIGHT, **change))] == rules


def test_a_clip_that_says_other_words_is_told_by_its_length(tmp_path: Path) -> None:
    spoken(tmp_path / "audio")
    script, manifest = load(TINY), read_manifest(tmp_path / "audio")
    said = filter(None, map(manifest.clip, utterances(script)))
    one = max(said, key=lambda clip: len(clip.words))
    other = replace(one, seconds=one.seconds * 1.5)
    clips = {key: other if clip == one else clip for key, clip in manifest.clips.items()}
    for known, told in ((manifest, []), (replace(manifest, clips=clips), [("warn", one.words)])):
        found = sound(script, Audio(known, tmp_path / "audio"))
        assert [(row.severity, row.sentence) for row in found if row.rule == "rule 75"] == told


# Printing ----------------------------------------------------------------------------------------


def test_the_report_names_place_rule_and_remedy() -> None:
    one = Problem(
        "fail", "topics/risks.toml", 12, "risks", "en-US", "parts 2", "It is too long.", "rule 4",
        "Sentence 3 has 24 words.", "Split it in two.",
    )  # fmt: skip
    report = Report((one,), (), ())
    assert report.as_text() == (
        "FAILURES: 1\n"
        "topics/risks.toml:12  en-US  parts 2  [rule 4]\n"
        '    "It is too long."\n'
        "    Sentence 3 has 24 words. Split it in two.\n\n"
        "1 failures, 0 warnings. Not ready: mend the failures."
    )
    assert '"rule": "rule 4"' in report.as_json()


def test_a_finding_fails_unless_it_says_otherwise() -> None:
    assert Finding("rule 1", "It is hard.", "Mend it.").severity == "fail"


def test_a_pattern_that_names_a_list_nobody_wrote_is_reported(good: Script) -> None:
    words = good.files["words.toml"].replace("[legs]", "[legz]")
    wrong = replace(good, files={**good.files, "words.toml": words})
    told = [one for one in content_problems(wrong, TODAY) if one.file == "words.toml"]
    assert {one.severity for one in told} == {"fail"}
    assert all("legz" in one.message and one.fix for one in told)
