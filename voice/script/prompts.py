"""What the line says itself, read from prompts.toml."""

from typing import Any

from voice.script.content import TELEPHONE_KEYS, Prompts
from voice.script.table import Table

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
LATER_PROMPTS = ("thanks",)
"""Texts that scripts may lack: they came when clinics had languages of their own."""

WORD_STRINGS = ("name", "day_range", "hour_range", "again", "all_day", "minutes", "and")
WORD_LISTS = {"digits": 10, "days": 7, "one_day": 7, "hours": 24}
"""How many entries each list of words has."""


def read_prompts(table: Table) -> Prompts:
    """Return what the line says itself in one locale."""
    call, message, words = table.table("call"), table.table("message"), table.table("words")
    later = [name for name in LATER_PROMPTS if name in message.values]
    prompts = Prompts(
        call={name: call.text(name) for name in CALL_PROMPTS},
        message={name: message.text(name) for name in (*MESSAGE_PROMPTS, *later)},
        words=_words(words),
    )
    for part in (call, message, words):
        part.done()
    return prompts


def _words(table: Table) -> dict[str, Any]:
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
