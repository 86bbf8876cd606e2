"""Which of the live words scripts/ does not have: the console writes into no file."""

from collections.abc import Iterator, Mapping

from voice.completing import completes
from voice.script import Script, ScriptError, parse
from voice.store import Release, Store, read_release
from voice.store.publications import made_by_staff
from voice.store.releases import releases

LINE = "line.toml"


def own_words(store: Store, live: Release, script: Script) -> tuple[str, ...]:
    """Return the names of files with live words of the clinic's own that `script` would take back.

    They are those that staff changed in the console since a release was last made from scripts/,
    and the clinic's numbers where `script` has the sample's. Where both say the same nothing would
    be lost.
    """
    found = set(_from_console(store, live))
    if script.line.is_sample and not _is_sample(live):
        found.add(LINE)
    return tuple(sorted(one for one in found if script.files.get(one) != live.files.get(one)))


def _from_console(store: Store, live: Release) -> Iterator[str]:
    """Yield the files that are not what the last release made from scripts/ said."""
    notes = {one.number: one.note for one in releases(store)}
    staff = made_by_staff(store)
    mine = _source(live.number, notes)
    if mine not in staff:
        return
    made = [one for one in notes if one < mine and _source(one, notes) not in staff]
    before = read_release(store, max(made)).files if made else {}
    yield from (one for one in {**before, **live.files} if before.get(one) != live.files.get(one))


def _source(number: int, notes: Mapping[int, str]) -> int:
    """Return the release whose words these are: an upgrade completes those of an earlier one."""
    while (completed := completes(notes.get(number, ""))) is not None and completed < number:
        number = completed
    return number


def _is_sample(live: Release) -> bool:
    try:
        return parse(live.files).line.is_sample
    except ScriptError:
        return True  # nobody hears it
