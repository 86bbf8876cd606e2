"""Twilio's REST client with manners: a deadline, no blind repeats, nothing private in logs.

A request that Twilio did not take for its rate (429) is repeated a few times, within seconds: it
was not processed, so that is safe. Nothing else is repeated. What went out and got no clear answer
is Unknown, and stays so.
"""

import logging
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit, urlunsplit

from voice.outbound.faults import fault
from voice.outbound.orders import Outcome, Refused, Ring, Sent, Text, Unknown

if TYPE_CHECKING:
    from twilio.http.http_client import TwilioHttpClient

TIMEOUT: Final = 5.0
"""Seconds to connect, and seconds for Twilio's whole answer after that (hurry.py). With the repeats
below a request stays under the 15 seconds our own webhook has to answer (error 11205)."""

WAITS: Final = (0.5, 1.0, 2.0)
"""Seconds before a request refused for its rate is repeated; Retry-After may ask for more."""

PATIENCE: Final = 4.0
"""Seconds after which no repeat begins: a patient is on the line."""

VALID: Final = 3600
"""Seconds a text may wait in Twilio's queue; the person asked for it now, not tonight."""

RINGING: Final = 30
"""Seconds a call rings."""

LONGEST: Final = 3600
"""Seconds a call may last."""

DETECTION: Final = "DetectMessageEnd"
"""Waits for the end of a machine's greeting, so that its owner finds a message. A person is told
from a machine just as fast as with Enable."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Account:
    """Whose name we act in.

    `secret` is the API key's where `key` (SK…) is given, else the account's auth token.
    `whatsapp_from` is E.164. A messaging service (MG…) picks the number of ours a text comes from.
    `timeout` and `patience` are seconds, as TIMEOUT and PATIENCE; callers with a patient
    waiting allow less. `base_url` stands in for every host of Twilio's: tests only.
    """

    sid: str
    secret: str = field(repr=False)
    key: str = field(default="", repr=False)
    whatsapp_from: str = ""
    messaging_service: str = ""
    base_url: str = ""
    timeout: float = TIMEOUT
    patience: float = PATIENCE


class Client:
    """An open way to Twilio; close it. Made by open_client; threads may share it."""

    def __init__(self, account: Account, rest: Any, close: Callable[[], None]) -> None:
        self.account = account
        self.rest = rest
        self.close = close


def open_client(
    account: Account,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Client:
    """Load Twilio's client and open a way to it; nothing is sent yet.

    The environment is not looked at, whatever TWILIO_ variables it holds.
    """
    from twilio.http.http_client import TwilioHttpClient
    from twilio.rest import Client as RestClient

    from voice.outbound.hurry import Hurried

    # At INFO it prints addresses and their query, numbers included.
    logging.getLogger("twilio.http_client").setLevel(logging.WARNING)
    carrier = TwilioHttpClient(timeout=account.timeout)
    for scheme in ("https://", "http://"):
        carrier.session.mount(scheme, Hurried())
    transport = _Transport(carrier, account, sleep, clock)
    rest = RestClient(
        username=account.key or account.sid,
        password=account.secret,
        account_sid=account.sid,
        http_client=transport,
        environment={"TWILIO_REGION": ""},  # an empty one would be replaced by the real one
    )
    return Client(account, rest, transport.close)


class _Transport:
    """Carries requests for Twilio's client: to the right host, patient with its rate limit."""

    is_async = False

    def __init__(
        self,
        carrier: "TwilioHttpClient",
        account: Account,
        sleep: Callable[[float], None],
        clock: Callable[[], float],
    ) -> None:
        self._carrier = carrier
        self._account = account
        self._sleep = sleep
        self._clock = clock

    def request(
        self, method: str, uri: str, headers: Mapping[str, str] | None = None, **more: Any
    ) -> Any:
        """Send a request; repeat it while Twilio says 429, a few times.

        A connection is used once. One that idled may be dead, and a request lost on it would be
        one more of which nobody knows.
        """
        headers = {**(headers or {}), "Connection": "close"}
        begun = self._clock()
        for wait in (*WAITS, math.inf):
            answer = self._carrier.request(method, self._placed(uri), headers=headers, **more)
            if answer.status_code != 429:
                break
            pause = max(_asked_wait(answer.headers), wait)
            if self._clock() - begun + pause > self._account.patience:
                break
            self._sleep(pause)
        return answer

    def close(self) -> None:
        """Close the session."""
        if self._carrier.session:
            self._carrier.session.close()

    def _placed(self, uri: str) -> str:
        if not self._account.base_url:
            return uri
        host = urlsplit(self._account.base_url)
        return urlunsplit(urlsplit(uri)._replace(scheme=host.scheme, netloc=host.netloc))


def _asked_wait(headers: Mapping[str, str]) -> float:
    """Seconds that Retry-After asks for; 0 where it is missing or a date."""
    try:
        seconds = float(headers.get("Retry-After", ""))
    except ValueError:
        return 0.0
    return seconds if seconds >= 0 else 0.0


# Requests ----------------------------------------------------------------------------------------


def send_text(client: Client, text: Text) -> Outcome:
    """Send one text message, once."""
    sender = _sender(client.account, text)
    if sender is None:
        return Refused(0, "settings", "No number of ours is set to send this from.")
    fields = {
        "to": text.to,
        "body": text.body,
        "validity_period": VALID,
        "status_callback": text.status_url,
        **sender,
    }
    return _logged("text", _outcome(lambda: client.rest.messages.create(**fields).sid))


def _sender(account: Account, text: Text) -> dict[str, str] | None:
    """Who a text comes from, in Twilio's terms; None where nobody is set."""
    if text.to.startswith("whatsapp:"):
        number = text.sender or account.whatsapp_from
        return {"from_": f"whatsapp:{number.removeprefix('whatsapp:')}"} if number else None
    if account.messaging_service:
        return {"messaging_service_sid": account.messaging_service}
    return {"from_": text.sender} if text.sender else None


def ring(client: Client, call: Ring) -> Outcome:
    """Start one call, once; Twilio asks `call.url` what to say when somebody picks up."""
    fields = {
        "to": call.to,
        "from_": call.sender,
        "url": call.url,
        "method": "POST",
        "status_callback": call.status_url,
        "status_callback_method": "POST",
        "machine_detection": DETECTION,
        "timeout": RINGING,
        "time_limit": LONGEST,
    }
    if call.fallback_url:
        fields |= {"fallback_url": call.fallback_url, "fallback_method": "GET"}
    return _logged("call", _outcome(lambda: client.rest.calls.create(**fields).sid))


def _logged(what: str, outcome: Outcome) -> Outcome:
    """Log what became of it: ids and codes, nobody's number and no words."""
    match outcome:
        case Sent(sid):
            _log.info("%s %s handed to Twilio", what, sid)
        case Refused(code, why):
            _log.warning("%s refused: %s (%s)", what, why, code)
        case Unknown(reason):
            _log.error("%s: outcome unknown: %s", what, reason)
    return outcome


def _outcome(make: Callable[[], str | None]) -> Outcome:
    """Make one request and say what became of it."""
    from requests import RequestException
    from twilio.base.exceptions import TwilioException

    try:
        sid = make()
    except RequestException as error:
        return unheard(error)
    except TwilioException as error:
        return refusal(error)
    # The SDK reads the answer without checking it: any of these is an answer it stumbled over.
    except (ValueError, TypeError, AttributeError, KeyError):
        sid = None
    return Sent(sid) if isinstance(sid, str) and sid else Unknown("an answer nobody can read")


def refusal(error: Exception) -> Refused | Unknown:
    """What an error answer of Twilio's means; only a 4xx says that nothing was done.

    Its message is not kept: it names the number.
    """
    error = _unwrapped(error)
    status = getattr(error, "status", 0)
    if not 400 <= status < 500 or status == 408:
        return Unknown(f"HTTP {status}" if status else "an answer nobody can read")
    code = getattr(error, "code", 0)
    code = code if isinstance(code, int) else status
    found = fault(code, status)
    return Refused(code, found.why, found.reason)


def _unwrapped(error: Exception) -> Exception:
    """The error of a list: the SDK raises it bare, with the answer as its second argument."""
    from twilio.base.version import Version

    answer = error.args[1] if len(error.args) > 1 else None
    if not hasattr(answer, "status_code"):
        return error
    found: Exception = Version.exception("GET", "", answer, "")
    return found


def unheard(error: Exception) -> Refused | Unknown:
    """What a broken connection means: refused only where it is certain that nothing went out."""
    from requests import exceptions
    from urllib3.exceptions import ReadTimeoutError

    if isinstance(error, exceptions.ConnectTimeout) or _never_connected(error):
        return Refused(0, "busy", "Twilio could not be reached; it may work later.")
    # In an answer's body requests has no error of its own for it.
    if isinstance(error, exceptions.Timeout) or isinstance(_cause(error), ReadTimeoutError):
        return Unknown("no answer in time")
    return Unknown(f"the connection broke ({type(error).__name__})")


def _never_connected(error: Exception) -> bool:
    """Whether it failed before a byte of the request: no address, no host, a wrong certificate."""
    from ssl import SSLCertVerificationError

    from urllib3.exceptions import NewConnectionError

    reason = getattr(_cause(error), "reason", None)
    inner = reason.args[0] if isinstance(reason, Exception) and reason.args else None
    return isinstance(reason, NewConnectionError) or isinstance(inner, SSLCertVerificationError)


def _cause(error: Exception) -> object:
    """The error of urllib3's that one of requests' was made of."""
    return error.args[0] if error.args else None
