"""atheris on what reads strangers' bytes first: `python -m tests.failure.parsers -runs=100000`."""

import sys
from contextlib import suppress

import atheris

with atheris.instrument_imports(include=["voice.signature", "voice.scrub", "voice.sms"]):
    from voice import signature
    from voice.scrub import scrub
    from voice.sms import clean, count

from tests.failure.machine import TINY, TOKEN
from voice.script import load
from voice.understand import understand, vocabulary

URL = "https://line.example.org"
SCRIPT = load(TINY)
KNOWN = vocabulary(SCRIPT)


def read(data: bytes) -> None:
    """Read the same bytes as a form, an address and a message; nothing may raise."""
    with suppress(ValueError):  # too many fields
        signature.form_pairs(data)
    target = data[:200].decode("latin-1")
    environ = dict.fromkeys(("RAW_URI", "PATH_INFO", "QUERY_STRING"), target)
    environ |= {"REQUEST_METHOD": "POST", "CONTENT_TYPE": signature.FORM}
    environ |= {"HTTP_X_TWILIO_SIGNATURE": target}
    signature.check((TOKEN,), URL, environ, data)
    words = clean(data.decode("utf-8", "replace"))
    count(words)
    scrub(words)
    for locale in SCRIPT.locales:
        understand(KNOWN, locale, words[:1600])


if __name__ == "__main__":
    atheris.Setup(sys.argv, read)
    atheris.Fuzz()
