"""Four people and a store for tests of words in work: they write, send, and sign."""

import shutil
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from tests.conftest import ROOT
from voice.draft.field import Value
from voice.draft.fields import field_of, read
from voice.draft.review import Person, Policy
from voice.draft.subjects import digest
from voice.draft.work import words_in_work
from voice.script import parse, read_files
from voice.store import Store, open_store
from voice.store.drafts import Conflict, Saved, read_work, save
from voice.store.migrating import migrate
from voice.store.reviews import Place, send, sign
from voice.store.staff import Newcomer, add_person

FILES = read_files(ROOT / "scripts")
AT = datetime(2026, 11, 21, 15, tzinfo=UTC)
ANA, BO, CY, DEE = (Person(n, name) for n, name in enumerate(["Ana", "Bo", "Cy", "Dee"], 1))
ALL = ("writer", "editor", "clinician", "translator")
POLICY = Policy()
RISKS = "topics/risks"
TITLE = "topics/risks.toml:en-US.title"


def with_people(folder: Path) -> Path:
    """The file of a store with four people and nothing in work."""
    opened = open_store(f"sqlite:///{folder}/line.db")
    migrate(opened)
    add_people(opened)
    opened.close()
    return folder / "line.db"


def add_people(opened: Store) -> None:
    """Four people, each with every role of those who write and sign."""
    for person in (ANA, BO, CY, DEE):
        newcomer = Newcomer(f"{person.name}@clinic.example", person.name, ALL, "en")
        assert add_person(opened, newcomer, None, AT).id == person.id


def copied(file: Path, folder: Path) -> Iterator[Store]:
    """A store of one's own, open; making one anew takes longer."""
    shutil.copy(file, folder / "line.db")
    opened = open_store(f"sqlite:///{folder}/line.db")
    yield opened
    opened.close()


def write(
    store: Store,
    value: Value,
    version: int = 0,
    by: Person = ANA,
    name: str = TITLE,
    files: Mapping[str, str] = FILES,
) -> Saved | Conflict:
    """Save a field as the console does."""
    field = field_of(files, name)
    return save(store, field, value, version, read(files, field), by, AT)


def place(
    store: Store, locale: str = "en-US", subject: str = RISKS, files: Mapping[str, str] = FILES
) -> Place:
    """A subject's words as they are now."""
    script = parse(words_in_work(files, read_work(store), subject))
    return Place(subject, locale, digest(script, subject, locale))


def approve(
    store: Store,
    locale: str = "en-US",
    subject: str = RISKS,
    files: Mapping[str, str] = FILES,
) -> None:
    """Send a subject's words for review; all who must sign do."""
    here = place(store, locale, subject, files)
    send(store, here, ANA, AT)
    roles = {"editor": BO, "clinician": CY, "translator": DEE}
    for role in POLICY.signers(locale, parse(files).locales):
        assert sign(store, here, role, roles[role], ALL, AT) == ""
