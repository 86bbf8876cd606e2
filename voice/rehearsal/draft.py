"""The script as words in work make it: those of one subject, or all that can be read together."""

from dataclasses import replace
from functools import lru_cache

from voice.draft.field import Value
from voice.draft.work import Work, lost
from voice.script import Script, ScriptError, parse

Files = tuple[tuple[str, str], ...]
Changes = tuple[tuple[str, Value], ...]


def in_work(live: Script, work: Work, subject: str = "") -> Script:
    """Return the live script with a subject's words in work, without one with all of them.

    Words for places that callers' scripts no longer have are left out. Raises ScriptError where
    the words cannot be read together.
    """
    changes = tuple(pair for name, pairs in _changes(live, work) for pair in pairs
                    if subject in ("", name))  # fmt: skip
    return _script(tuple(live.files.items()), changes) if changes else live


def broken(live: Script, work: Work) -> tuple[str, ...]:
    """Return the subjects whose words in work cannot be read together with those before them."""
    return _broken(tuple(live.files.items()), _changes(live, work))


def without(work: Work, subjects: tuple[str, ...]) -> Work:
    """Return what is in work but the words of these subjects."""
    kept = {name: one for name, one in work.drafts.items() if one.subject not in subjects}
    return replace(work, drafts=kept)


def _changes(live: Script, work: Work) -> tuple[tuple[str, Changes], ...]:
    """What each subject in work changes."""
    gone = {draft.field for draft in lost(live.files, work)}
    return tuple(
        (name, tuple((one.field, one.value) for one in work.of(name) if one.field not in gone))
        for name in work.subjects
    )


@lru_cache(maxsize=4)
def _broken(files: Files, changes: tuple[tuple[str, Changes], ...]) -> tuple[str, ...]:
    every = tuple(pair for _, pairs in changes for pair in pairs)
    if not every or _fits(files, every):
        return ()
    found: list[str] = []
    good: Changes = ()
    for name, pairs in changes:
        if _fits(files, (*good, *pairs)):
            good = (*good, *pairs)
        else:
            found.append(name)
    return tuple(found)


def _fits(files: Files, changes: Changes) -> bool:
    try:
        _script(files, changes)
    except ScriptError:
        return False
    return True


@lru_cache(maxsize=4)
def _script(files: Files, changes: Changes) -> Script:
    # tomlkit is loaded only where words change, not in every worker.
    from voice.draft.writing import apply

    return parse(apply(dict(files), dict(changes)))
