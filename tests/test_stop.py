"""Every way to say stop, through the real door: one confirmation, then silence until START."""

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.test_webhook_reach import LINE, TEXT, URL, Desk, desk_of
from tests.twilio_fake import fake_twilio
from voice.exchange import send
from voice.live import Live
from voice.release import Release
from voice.store import contact_keys, opt_out
from voice.store.tables import consent

RESERVED = "STOP STOPALL UNSUBSCRIBE CANCEL END QUIT REVOKE OPTOUT".split()
"""Words a carrier reads as a wish to stop when they are the whole message."""
STARTS = ("START", "YES", "UNSTOP")
OURS = """
ALTO / PARAR / PARE / BASTA / CANCELAR / CANCELE / TERMINAR / BAJA / NO MÁS / OPT OUT / stop please
""".replace("\n", " ").split("/")
"""What no carrier knows: the same in Spanish, and with a space or a courtesy."""
NATURAL = """
Please take my number off your list
I do not wish to receive these any longer
stop bothering me with this
would you kindly stop texting me, thank you
who are you? stop texting me
this is the wrong number, please remove me
I no longer want to get these messages
unsubscribe me please
Stop. I already had the operation
I'm done with these texts
enough already, no more messages
quit sending me stuff
don't ever text this phone again
Hi this is Margaret. Please stop the texts. God bless
opt me out
I never signed up for this
lose my number
no more please, I have had enough of these texts
cancel these messages
i want out of this list
stop txting me
pls stop msgs
these texts cost me money, stop
end these texts please
no longer interested, please remove
please discontinue these messages
my mother died, please stop sending her these texts
take us off your texting list
i dont want no more of these
not interested, stop
stop!!!!!!
unsuscribe
STOP
Sent from my iPhone
por favor ya no me manden nada
ya no quiero que me escriban
dejen de mandarme mensajes por favor
no me manden más mensajitos
quiten mi número de su lista
quiero darme de baja
bórrenme de la lista
sáquenme de ahí por favor ya no quiero mensajes
no deseo recibir más mensajes
ya basta de mensajes
no me estén molestando
ya no manden nada gracias
párenle a los mensajes
cancelen los mensajes por favor
señorita ya no me mande mensajes por favor
este no es el número de esa señora, no manden más
número equivocado no me escriban
no me interesa, no me escriban más
yo no pedí estos mensajes
dejen de molestar
ya no quiero recibir nada de ustedes
no mas textos
porfa ya no me texteen
ya paren con los mensajes
mi mamá ya falleció, ya no manden mensajes
denme de baja por favor
quiero que dejen de escribirme
no quiero mas msjs
ya no me lleguen mensajes por favor
favor de no enviar mas mensajes
stop por favor
ya no me manden textos, me cobran
"""
WISHES = [wish.replace("STOP ", "STOP\n") for wish in
          NATURAL.replace("STOP\n", "STOP ").strip().splitlines()]  # fmt: skip
OTHER = """
how do I stop the pain
stop taking aspirin?
should I stop my blood thinner before
when does the pain end
can I cancel my appointment
will the bleeding stop by itself
do I need to quit smoking first
cómo paro el dolor
¿dejo de tomar la aspirina?
cuándo se me va a quitar el dolor
quiero cancelar mi cita
tengo que dejar de fumar
el dolor no para, qué hago
no quiero que me duela
"""


@pytest.fixture(scope="module")
def live(without_clips: Release) -> Live:
    made = Live(URL, Path("no clips here"))
    made.release = without_clips
    return made


@pytest.fixture(scope="module", params=["line", "carrier"])
def desk(live: Live, request: pytest.FixtureRequest, tmp_path_factory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp(request.param)
    with fake_twilio() as fake, desk_of(live, folder, fake, carrier_words=request.param) as made:
        yield made


def numbers() -> Iterator[str]:
    """Numbers of people who never wrote before."""
    return (f"+1212867{n:04}" for n in range(2000, 9999))


NUMBERS = numbers()
SIDS = (f"SM{n:032}" for n in range(9999))


def texts(desk: Desk, number: str, body: str, **more: str) -> list[str]:
    """Send a text and return what comes back."""
    fields = {"MessageSid": next(SIDS), "From": number, "To": LINE, "Body": body, **more}
    answer = send(desk.phone, "POST", f"{URL}/sms", fields)
    assert answer.status == 200
    return ["".join(one.itertext()) for one in ElementTree.XML(answer.body).iter("Message")]


def still(desk: Desk, number: str) -> bool:
    """Whether nothing at all reaches a number: by text, by WhatsApp, from a call, as a call."""
    asked = [texts(desk, number, body) for body in ("risks", "CALL ME", "ayuda")]
    asked.append(texts(desk, f"whatsapp:{number}", "risks"))
    desk.call(TEXT, Digits="1", From=number)
    return not any(asked) and desk.sent == []


def stopped(desk: Desk, body: str, confirmations: int, **more: str) -> list[str]:
    """Return what is wrong after a wish to stop: too many words, or any afterwards."""
    number = next(NUMBERS)
    texts(desk, number, "risks")
    wrong = []
    if len(texts(desk, number, body, **more)) != confirmations:
        wrong.append(f"{body!r} is not confirmed {confirmations} times")
    if texts(desk, number, body, **more):
        wrong.append(f"{body!r} is confirmed again")
    if not still(desk, number):
        wrong.append(f"something was sent after {body!r}")
    return wrong


def carrier_answers(desk: Desk) -> bool:
    return desk.settings.carrier_keywords == "carrier"


def test_every_reserved_word_stops_and_is_confirmed_once_by_the_carrier_or_by_us(
    desk: Desk,
) -> None:
    ours = 0 if carrier_answers(desk) else 1
    wrong = [*stopped(desk, "BASTA", 0, OptOutType="STOP")]
    for word in (*RESERVED, "sToP"):
        wrong += stopped(desk, word, ours)
    for word in OURS:
        wrong += stopped(desk, word.strip(), 1)
    assert wrong == []


@pytest.mark.parametrize("desk", ["line"], indirect=True)
def test_a_wish_to_stop_in_anybodys_words_is_confirmed_once_and_kept(desk: Desk) -> None:
    assert len(WISHES) >= 60
    before = len(desk.rows(consent))
    missed = []
    for wish in WISHES:
        number = next(NUMBERS)
        if len(texts(desk, number, wish)) != 1 or texts(desk, number, "risks"):
            missed.append(wish)
    assert missed == []
    assert {row.kind for row in desk.rows(consent)[before:]} == {"stop"}


@pytest.mark.parametrize("word", STARTS)
def test_start_alone_brings_the_texts_back_on_every_channel(desk: Desk, word: str) -> None:
    number = next(NUMBERS)
    texts(desk, number, "STOP")
    assert texts(desk, number, "please") == []
    assert len(texts(desk, number, word)) == (0 if carrier_answers(desk) else 1)
    assert texts(desk, number, "risks")
    assert texts(desk, f"whatsapp:{number}", "risks")


@pytest.mark.parametrize("word", ["HELP", "INFO"])
def test_help_is_answered_once_and_after_stop_by_nobody(desk: Desk, word: str) -> None:
    number = next(NUMBERS)
    texts(desk, number, "risks")
    assert len(texts(desk, number, word)) == (0 if carrier_answers(desk) else 1)
    texts(desk, number, "STOP")
    assert texts(desk, number, word) == []


MARKED = ("\u200b{}", "\u200f{}\u200f", "{}\u200f", "\u2066{}\u2069", "\ufeff{}")
"""A word among marks nobody sees, as telephones write them: Twilio takes it for another one."""


@pytest.mark.parametrize("marked", MARKED)
def test_a_word_with_an_invisible_mark_is_ours_to_answer(desk: Desk, marked: str) -> None:
    number = next(NUMBERS)
    texts(desk, number, "risks")
    assert len(texts(desk, number, marked.format("HELP"))) == 1
    assert stopped(desk, marked.format("STOP"), 1) == []


def test_a_word_among_ordinary_blanks_is_the_carriers(desk: Desk) -> None:
    number = next(NUMBERS)
    texts(desk, number, "risks")
    ours = 0 if carrier_answers(desk) else 1
    assert len(texts(desk, number, " HELP\r\n")) == ours
    assert stopped(desk, "\tStop ", ours) == []


def test_on_whatsapp_twilio_answers_no_word_by_itself(desk: Desk) -> None:
    number = f"whatsapp:{next(NUMBERS)}"
    texts(desk, number, "risks")
    assert len(texts(desk, number, "HELP")) == 1
    assert len(texts(desk, number, "STOP")) == 1
    assert texts(desk, number, "STOP") == texts(desk, number, "risks") == []
    assert len(texts(desk, number, "START")) == 1
    assert texts(desk, number, "STOP", OptOutType="STOP") == []


@pytest.mark.parametrize("stop", ["STOP", "no more texts", "a call"])
def test_a_text_that_comes_again_after_a_stop_is_not_answered(desk: Desk, stop: str) -> None:
    number = next(NUMBERS)
    sent = ["risks", "did the surgeon", "HELP please", "chest pain", "MENU"]
    before = {body: (sid := next(SIDS), texts(desk, number, body, MessageSid=sid)) for body in sent}
    assert before["risks"] == (before["risks"][0], again(desk, number, before, "risks"))
    if stop == "a call":
        keys = contact_keys(desk.settings.contact_keys, number)
        opt_out(desk.store, keys, False, desk.now)
    else:
        texts(desk, number, stop)
    answered = {body: again(desk, number, before, body) for body in sent}
    assert [body for body in sent if answered[body]] == ["HELP please", "chest pain"]
    assert answered["chest pain"] == before["chest pain"][1]


def again(
    desk: Desk, number: str, before: dict[str, tuple[str, list[str]]], body: str
) -> list[str]:
    """Deliver a text a second time; return what comes back."""
    return texts(desk, number, body, MessageSid=before[body][0])


def test_a_wish_to_stop_that_comes_again_is_confirmed_as_before(desk: Desk) -> None:
    number, sid = next(NUMBERS), next(SIDS)
    first = texts(desk, number, "no more texts", MessageSid=sid)
    assert len(first) == 1
    assert texts(desk, number, "no more texts", MessageSid=sid) == first


def test_a_yes_that_comes_again_after_a_stop_starts_nothing(desk: Desk) -> None:
    number, sid = next(NUMBERS), next(SIDS)
    texts(desk, number, "is it risky or safe for me")
    texts(desk, number, "YES", MessageSid=sid)
    texts(desk, number, "no more texts")
    assert texts(desk, number, "YES", MessageSid=sid) == []
    assert still(desk, number)


@pytest.mark.parametrize("desk", ["line"], indirect=True)
def test_to_stop_something_else_is_a_question(desk: Desk) -> None:
    missed = []
    for question in OTHER.strip().splitlines():
        number = next(NUMBERS)
        if not texts(desk, number, question) or not texts(desk, number, "risks"):
            missed.append(question)
    assert missed == []
