"""schemathesis on docs/openapi.yaml: `python -m tests.failure.described PORT`.

Every operation with data of the described kind and of every other, unsigned and signed; an answer
that is not described, 5xx, or TwiML that Twilio would not take, ends it with 1. So does an
operation that nothing was well with.
"""

import sys
from collections import Counter
from typing import Any

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings

from tests.conftest import ROOT
from tests.failure.fuzz import Strange, problem
from tests.failure.machine import TOKEN
from voice.signature import form_pairs, sign

EXAMPLES = 50
GOOD = {200, 204, 302}
UNKNOWN = {"{name}", "{topic}", "{filename}"}
"""Names of things that nobody finds by chance."""


def main(port: str) -> int:
    """Ask; the exit status."""
    url = f"http://127.0.0.1:{port}"
    schema = schemathesis.openapi.from_path(str(ROOT / "docs" / "openapi.yaml"))
    session, problems = requests.Session(), list[str]()
    for found in schema.get_all_operations():
        problems += examined(found.ok(), session, url)
    sys.stdout.write("\n".join(sorted(set(problems))[:50]) + "\n")
    return 1 if problems else 0


def examined(operation: Any, session: requests.Session, url: str) -> list[str]:
    """What is wrong with the answers of one operation."""
    problems, seen = list[str](), Counter[int]()

    @settings(
        max_examples=EXAMPLES, deadline=None, database=None, derandomize=True,
        phases=[Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy())
    def ask(case: schemathesis.Case) -> None:
        for signs in (False, True):
            made = prepared(session, case, url, signs)
            if made is not None:
                answer = session.send(made, timeout=15, allow_redirects=False)
                seen[answer.status_code] += 1
                problems.extend(wrong(case, made, answer))

    ask()
    name = f"{operation.method.upper()} {operation.path}"
    sys.stdout.write(f"{name} {dict(seen)}\n")
    if not seen.keys() & GOOD and not UNKNOWN & set(operation.path.split("/")):
        problems.append(f"{name} was never answered well: {dict(seen)}")
    return problems


def prepared(
    session: requests.Session, case: schemathesis.Case, url: str, signs: bool
) -> requests.PreparedRequest | None:
    """A request as it goes over the wire; None for one that no client can send."""
    given = case.as_transport_kwargs(base_url=url)
    given.pop("timeout", None)
    try:
        made = session.prepare_request(requests.Request(**given))
    except (requests.RequestException, ValueError, UnicodeError):
        return None
    if signs:
        made.headers["X-Twilio-Signature"] = sign(TOKEN, str(made.url), form_pairs(body_of(made)))
    return made


def body_of(made: requests.PreparedRequest) -> bytes:
    """The bytes that are sent."""
    body = made.body or b""
    return body.encode() if isinstance(body, str) else body


def wrong(
    case: schemathesis.Case, made: requests.PreparedRequest, answer: requests.Response
) -> list[str]:
    """What is wrong with an answer."""
    method, status = str(made.method), answer.status_code
    sent = Strange(case.path, method, str(made.path_url), body_of(made), dict(made.headers))
    kind = answer.headers.get("Content-Type", "")
    found = [problem(sent, status, kind, answer.content)]
    if status != 405 and str(status) not in case.operation.definition.raw["responses"]:
        found.append(f"{method} {case.formatted_path} {status}")
    return [one for one in found if one]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
