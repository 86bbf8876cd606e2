"""HMAC with prepared keys gives what the standard library's gives."""

import hmac

from hypothesis import given
from hypothesis import strategies as st

from voice.mac import code


@given(st.binary(max_size=200), st.binary(max_size=300), st.sampled_from(["sha1", "sha256"]))
def test_a_code_is_the_one_of_the_standard_library(key, message, kind):
    assert code(key, message, kind) == hmac.digest(key, message, kind)
    assert code(key, message, kind) == hmac.digest(key, message, kind)  # its key kept by now


def test_what_was_asked_before_changes_nothing():
    first = code(b"key", b"one", "sha256")
    code(b"key", b"two", "sha256")
    assert code(b"key", b"one", "sha256") == first != code(b"key", b"two", "sha256")
