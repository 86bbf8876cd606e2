"""Twilio's description of its API, and what in a request goes against it.

Checked here in Python on every request the fake sees, and by Prism where npm can bring it: Prism
knows the formats better, but lets misspelled fields pass.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.twilio_fake import Seen

DOCUMENT = Path(__file__).parent / "data" / "twilio_openapi.json"


def description() -> dict[str, Any]:
    """The part of Twilio's description that the line uses."""
    found: dict[str, Any] = json.loads(DOCUMENT.read_text("utf-8"))
    return found


def violations(document: Mapping[str, Any], seen: Seen) -> list[str]:
    """What in this request goes against the description; nothing where all is well."""
    for template, operations in document["paths"].items():
        names = re.findall(r"\{(\w+)\}", template)
        pattern = re.sub(r"\\{\w+\\}", "([^/]+)", re.escape(template))
        match = re.fullmatch(pattern, seen.path)
        if match and seen.method.lower() in operations:
            operation = operations[seen.method.lower()]
            values = dict(zip(names, match.groups(), strict=True))
            return list(_problems(document, operation, values, seen))
    return [f"{seen.method} {seen.path} is not described"]


def _problems(
    document: Mapping[str, Any], operation: Mapping[str, Any], path: Mapping[str, str], seen: Seen
) -> Iterator[str]:
    if not (seen.user and seen.password):
        yield "no credentials"
    for place, given in (("path", {k: [v] for k, v in path.items()}), ("query", seen.query)):
        rows = [row for row in operation["parameters"] if row["in"] == place]
        required = [row["name"] for row in rows if row.get("required")]
        properties = {row["name"]: row["schema"] for row in rows}
        yield from _fields(document, {"properties": properties, "required": required}, given)
    body = operation.get("requestBody", {}).get("content", {})
    schema = body.get("application/x-www-form-urlencoded", {}).get("schema", {})
    yield from _fields(document, {"properties": {}, **schema}, seen.form)


def _fields(
    document: Mapping[str, Any], schema: Mapping[str, Any], given: Mapping[str, list[str]]
) -> Iterator[str]:
    for name in schema.get("required", ()):
        if name not in given:
            yield f"{name} is missing"
    for name, values in given.items():
        if name not in schema["properties"]:
            yield f"{name} is not described"
            continue
        yield from _values(document, name, schema["properties"][name], values)


def _values(
    document: Mapping[str, Any], name: str, schema: Mapping[str, Any], values: list[str]
) -> Iterator[str]:
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if schema.get("type") == "array":
        schema = schema["items"]
    elif len(values) > 1:
        yield f"{name} is given {len(values)} times"
    for value in values:
        if not _fits(schema, value):
            yield f"{name} is {value!r}, which is not {json.dumps(schema)}"


def _fits(schema: Mapping[str, Any], value: str) -> bool:
    kinds = {"integer": r"-?\d+", "number": r"-?\d+(\.\d+)?", "boolean": "true|false"}
    parts = urlsplit(value)
    return (
        re.fullmatch(kinds.get(schema["type"], "(?s:.*)"), value) is not None
        and re.search(schema.get("pattern", ""), value) is not None
        and schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value))
        and value in schema.get("enum", [value])
        and (schema.get("format") != "uri" or bool(parts.scheme and parts.netloc))
    )
