"""The topics, read from topics/*.toml."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from voice.script.content import Topic, Wording
from voice.script.table import Defect, Table


def read_topics(
    tables: dict[str, Any], locales: tuple[str, ...], defects: list[Defect]
) -> Iterator[tuple[str, Topic]]:
    """Yield each topic with its id, the name of its file."""
    for name, values in tables.items():
        if name.startswith("topics/"):
            topic_id = name.removeprefix("topics/").removesuffix(".toml")
            yield topic_id, _topic(topic_id, Table(values, name, "", defects), locales)


def _topic(topic_id: str, table: Table, locales: tuple[str, ...]) -> Topic:
    # A call's address holds the name after "pause.topic." and has room for 80 characters.
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", topic_id) or len(topic_id) > 60:
        fix = "Use at most 60 of a-z, 0-9 and hyphens."
        table.defect("", f"The file name {topic_id!r} is not plain.", fix)
    sign_offs = table.table("sign_offs")
    topic = Topic(
        id=topic_id,
        facts=table.texts("facts"),
        tags=table.texts("tags"),
        review_by=table.get("review_by", date, "The review date", date.min),
        wording={locale: _wording(table.table(locale)) for locale in locales},
        sign_offs={locale: _strings(sign_offs.table(locale)) for locale in locales},
    )
    if len({len(wording.parts) for wording in topic.wording.values()}) > 1:
        table.defect("parts", "The languages have different parts.", "Write as many in each.")
    table.done()
    return topic


def _wording(table: Table) -> Wording:
    wording = Wording(
        title=table.text("title"),
        menu_label=table.text("menu_label"),
        keywords=table.texts("keywords"),
        sample_questions=table.texts("sample_questions"),
        main_message=table.text("main_message"),
        parts=table.lines("parts") or ("",),
        action=table.text("action"),
        texts=table.texts("texts") or ("",),
    )
    for key in ("parts", "texts"):
        if table.values.get(key) == []:
            table.defect(key, "There is nothing to say.", "Write at least one.")
    table.done()
    return wording


def _strings(table: Table) -> dict[str, str]:
    return {key: table.text(key) for key in table.values}
