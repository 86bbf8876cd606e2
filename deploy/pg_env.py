"""Prints DATABASE_URL as the variables PostgreSQL's own programs read, for a shell to `eval`."""

import os
import shlex
from urllib.parse import parse_qsl, unquote, urlsplit

SAID_AFTER = {
    "hostaddr": "PGHOSTADDR",
    "passfile": "PGPASSFILE",
    "service": "PGSERVICE",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "sslcrl": "PGSSLCRL",
    "channel_binding": "PGCHANNELBINDING",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
}

parts = urlsplit(os.environ["DATABASE_URL"])
query = dict(parse_qsl(parts.query))
found = {
    "PGHOST": parts.hostname or query.get("host", ""),
    "PGPORT": str(parts.port or query.get("port", "")),
    "PGUSER": unquote(parts.username or query.get("user", "")),
    "PGPASSWORD": unquote(parts.password or query.get("password", "")),
    "PGDATABASE": unquote(parts.path.lstrip("/")),
} | {variable: query.get(name, "") for name, variable in SAID_AFTER.items()}
for name, value in found.items():
    if value:
        print(f"export {name}={shlex.quote(value)}")  # noqa: T201 - this is what it is for
