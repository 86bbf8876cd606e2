"""One problem: where it is, which rule it breaks, how to mend it."""

from collections.abc import Iterable
from dataclasses import dataclass

from voice.plain.finding import Finding, Severity

HOUSEHOLD = "file"
"""The rule of a file that cannot be used as it stands."""


@dataclass(frozen=True)
class Place:
    """Where in scripts/ something stands. "" where it does not apply."""

    file: str
    topic: str = ""
    locale: str = ""
    where: str = ""


@dataclass(frozen=True)
class Problem:
    """One breach. A "fail" keeps words from patients; a "warn" needs a person to accept it."""

    severity: Severity
    file: str
    line: int
    """Line of the file, 0 where it is not known."""
    topic: str
    locale: str
    where: str
    """The field or part: "parts 2", "keywords"."""
    sentence: str
    rule: str
    message: str
    fix: str


def problem(place: Place, finding: Finding, line: int = 0) -> Problem:
    """Put a finding in its place."""
    return Problem(
        severity=finding.severity,
        file=place.file,
        line=line,
        topic=place.topic,
        locale=place.locale,
        where=place.where,
        sentence=finding.sentence,
        rule=finding.rule,
        message=finding.message,
        fix=finding.fix,
    )


def in_order(found: Iterable[Problem]) -> tuple[Problem, ...]:
    """Sort problems by file, place and rule, each once."""
    return tuple(
        sorted(
            dict.fromkeys(found),
            key=lambda p: (p.file, p.line, p.locale, p.where, p.rule, p.sentence, p.message),
        )
    )
