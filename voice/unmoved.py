"""What this instance kept in its file before it was told to use a PostgreSQL is not forgotten."""

from contextlib import closing
from pathlib import Path

from voice.settings import Settings
from voice.store import StoreUnreachable, live_number, open_store
from voice.store.connection import TABLELESS


class Unmoved(StoreUnreachable):
    """The store has nothing to serve, and all that was kept stands in a file beside."""

    def __init__(self, file: Path) -> None:
        super().__init__("it is empty, and what was kept before is not in it")
        self.file = file

    @property
    def what(self) -> str:
        """What was found."""
        return (
            f"The store that DATABASE_URL names is empty, but {self.file} holds what the line kept "
            "so far: opt-outs, call-backs, accounts and released words. Without them it goes no "
            "further."
        )

    @property
    def remedy(self) -> str:
        """What to do next."""
        return (
            "To copy them: python -m voice move. To begin anew without them: move that file to "
            "another folder."
        )


def refuse_unmoved(settings: Settings) -> None:
    """Raise Unmoved if the store is a PostgreSQL, and a release stands in this instance's file.

    Ask where the store has no release: it would get its first from scripts/.
    """
    if settings.database_url.startswith("postgres") and _holds_release(settings.own_file):
        raise Unmoved(settings.own_file)


def _holds_release(file: Path) -> bool:
    """Whether a file holds a release, or may: one that cannot be read is not passed over."""
    if not file.is_file():
        return False
    with closing(open_store(f"sqlite:///{file}")) as store:
        try:
            return live_number(store) is not None
        except StoreUnreachable as problem:
            return str(problem) != TABLELESS
