"""How people are named on a page: what they were called then, and what tells them from others."""

from collections.abc import Callable

from voice.console.desk import desk, words
from voice.console.standing import Signed
from voice.store.called import names
from voice.store.staff import everyone


def both(then: str, now: str) -> str:
    """A name at the time of a deed, and what the person is called now where that is another."""
    return then if now in ("", then) else words()("audit.renamed", name=then, now=now)


def signer() -> Callable[[Signed], str]:
    """Names who signed; with their address where somebody else has or had a name like theirs."""
    known = names(desk().store)
    addresses = {one.id: one.email for one in everyone(desk().store)}

    def told(one: Signed) -> str:
        name = both(one.name, known.now.get(one.by, ""))
        mixed = one.by in addresses and known.is_anothers(one.name, one.by)
        return f"{name}, {addresses[one.by]}" if mixed else name

    return told
