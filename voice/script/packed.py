"""Texts that few ask for, kept in little room until somebody does."""

import json
import zlib
from collections.abc import Iterator, Mapping
from functools import cached_property


class Packed(Mapping[str, str]):
    """Texts by their names, in a third of the room; from the first look at one, as they were."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._kept = zlib.compress(json.dumps(dict(texts)).encode())

    @cached_property
    def _texts(self) -> dict[str, str]:
        texts: dict[str, str] = json.loads(zlib.decompress(self._kept))
        return texts

    def __getitem__(self, name: str) -> str:
        return self._texts[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)
