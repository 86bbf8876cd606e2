"""What staff wrote: load the scripts folder, freeze it, and list every defect in one go.

A script is all authored content: the clinic's line, menu, prompts, topics, word lists, sources.
Loading either returns a frozen `Script` or raises one `ScriptError` with every defect found, so
that a person fixes a file once and not once per mistake.

    content.py    what a script is made of
    loading.py    load, read_files, parse: the files -> a Script
    table.py      a TOML table that notes what is wrong with it
    line.py       line.toml                 topics.py      topics/*.toml
    menu.py       menu.toml                 prompts.py     prompts.toml
    wordlists.py  words.toml, lexicon.toml  packed.py     texts in little room
"""

from voice.script.content import (
    PACES,
    TELEPHONE_KEYS,
    LexiconEntry,
    Line,
    Option,
    OptionWording,
    Pace,
    Phone,
    Prompts,
    Script,
    Topic,
    Utterance,
    Wording,
    wording_digest,
)
from voice.script.loading import ScriptError, load, parse, read_files
from voice.script.table import LOCALE, PLACEHOLDERS, Defect

__all__ = [
    "LOCALE",
    "PACES",
    "PLACEHOLDERS",
    "TELEPHONE_KEYS",
    "Defect",
    "LexiconEntry",
    "Line",
    "Option",
    "OptionWording",
    "Pace",
    "Phone",
    "Prompts",
    "Script",
    "ScriptError",
    "Topic",
    "Utterance",
    "Wording",
    "load",
    "parse",
    "read_files",
    "wording_digest",
]
