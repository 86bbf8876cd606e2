"""schemathesis on docs/openapi.yaml: `python -m tests.failure.described PORT`.

Every operation with data of the described kind and of every other, unsigned and signed; an answer
that is not described, or 5xx, ends it with 1.
"""

import sys

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings

from tests.conftest import ROOT
from tests.failure.machine import TOKEN
from voice.signature import form_pairs, sign

EXAMPLES = 50


def main(port: str) -> int:
    """Ask; the exit status."""
    url = f"http://127.0.0.1:{port}"
    schema = schemathesis.openapi.from_path(str(ROOT / "docs" / "openapi.yaml"))
    session, problems = requests.Session(), []
    for found in schema.get_all_operations():
        operation = found.ok()

        @settings(
            max_examples=EXAMPLES, deadline=None, database=None, derandomize=True,
            phases=[Phase.generate], suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=operation.as_strategy())
        def ask(case: schemathesis.Case) -> None:
            for signs in (False, True):
                status = answered(session, case, url, signs)
                described = case.operation.definition.raw["responses"]
                if status >= 500 or (status != 405 and str(status) not in described):
                    problems.append(f"{case.method} {case.formatted_path} {status}")

        ask()
        sys.stdout.write(f"{operation.method.upper()} {operation.path}\n")
    sys.stdout.write("\n".join(sorted(set(problems))[:50]) + "\n")
    return 1 if problems else 0


def answered(session: requests.Session, case: schemathesis.Case, url: str, signs: bool) -> int:
    """The status of one request."""
    given = case.as_transport_kwargs(base_url=url)
    given.pop("timeout", None)
    try:
        made = session.prepare_request(requests.Request(**given))
    except (requests.RequestException, ValueError, UnicodeError):
        return 400 if "400" in case.operation.definition.raw["responses"] else 405
    if signs:
        body = made.body or b""
        body = body.encode() if isinstance(body, str) else body
        made.headers["X-Twilio-Signature"] = sign(TOKEN, made.url, form_pairs(body))
    return session.send(made, timeout=15, allow_redirects=False).status_code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
