"""The script as words in work make it: those of one subject, or all of them."""

from functools import lru_cache

from voice.draft.field import Value
from voice.draft.work import Work, lost
from voice.script import Script, parse


def in_work(live: Script, work: Work, subject: str = "") -> Script:
    """Return the live script with a subject's words in work, without one with all of them.

    Words for places that callers' scripts no longer have are left out. Raises ScriptError where
    the words can not be read together.
    """
    gone = {draft.field for draft in lost(live.files, work)}
    drafts = work.of(subject) if subject else tuple(work.drafts.values())
    changes = tuple((one.field, one.value) for one in drafts if one.field not in gone)
    return _script(tuple(live.files.items()), changes) if changes else live


@lru_cache(maxsize=4)
def _script(files: tuple[tuple[str, str], ...], changes: tuple[tuple[str, Value], ...]) -> Script:
    # tomlkit is loaded only where words change, not in every worker.
    from voice.draft.writing import apply

    return parse(apply(dict(files), dict(changes)))
