"""What is said before a place speaks: why nothing was understood, how a deed went, a greeting."""

from voice.dialog.pieces import Piece, Said, everywhere, prompt, prompts, topic_title
from voice.dialog.state import State
from voice.script import Script

TRIES = ("no_input", "no_match")
"""Notices worded differently for each try."""
IN_ALL = ("opening", "language", "offer-all")
"""Places that speak every language, and say for themselves that nothing was understood."""
GREETINGS = ("welcome_back", "continue", "called")
"""Notices that open a call, before anybody has pressed a key."""
READ_LATER = ("withheld", "landline", "country", "failed")
"""Outcomes after which a caller is told how to get the text by asking for it."""
PROMPTS = {
    "sent": "text_sent",
    "withheld": "text_withheld",
    "landline": "text_landline",
    "country": "text_country",
    "opted-out": "text_opted_out",
    "failed": "text_failed",
}
"""The prompt that says how a text went; every other notice has the name of its prompt."""


def noticed(script: Script, state: State) -> Said:
    """Yield what is said before the place speaks, or nothing."""
    if not state.notice or (state.kind in IN_ALL and state.notice in TRIES):
        return
    if state.notice in GREETINGS:
        yield from _greeting(script, state)
        return
    yield from prompts(script, state.locale, notice_prompt(state))
    if state.notice in READ_LATER:
        yield from _read_later(script, state)


def notice_prompt(state: State) -> str:
    """Return the name of the prompt that says a notice."""
    if state.notice in TRIES:
        in_topic = state.kind == "topic"
        return "no_match_topic" if in_topic else f"{state.notice}_{state.tries}"
    return PROMPTS.get(state.notice, state.notice)


def _greeting(script: Script, state: State) -> Said:
    """Every call opens with the emergency sentence, in the caller's own language first."""
    yield from everywhere(script, "emergency", state.locale)
    match state.notice:
        case "continue":
            yield from prompts(script, state.locale, "welcome_back", "disclaimer", "continue_topic")
            yield topic_title(script, state, state.place.split(".")[2])
            yield from prompts(script, state.locale, f"person:{script.keys['person']}")
        case name:
            yield from prompts(script, state.locale, name, "disclaimer")


def _read_later(script: Script, state: State) -> Said:
    """Say which word to text from a mobile phone, and the number twice (rule 76)."""
    locale = state.locale
    word = script.topics[state.place.partition(".")[2]].wording[locale].keywords[0]
    yield from prompts(script, locale, "read_later")
    yield Piece(locale, prompt(script, locale, "read_later_word", word=word))
    yield from prompts(script, locale, "read_later_number")
