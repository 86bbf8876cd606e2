"""Messages: each answered once, in one transaction with its contact."""

import logging
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property, lru_cache
from html import escape
from typing import Final, Literal, cast
from urllib.parse import quote, urlencode

from voice import thread, twiml
from voice.dialog import topic_parts
from voice.release import Release
from voice.script import PACES, Pace
from voice.scrub import scrub
from voice.sms import clean
from voice.store import (
    Contact,
    Guard,
    Keys,
    Seen,
    StoreError,
    Use,
    answer_once,
    answer_seen,
    note_unmatched,
    record_consent,
    see,
)
from voice.thread import Around, Message, Texts, Wish
from voice.understand import Meaning, understand
from voice.webhook import uses
from voice.webhook.door import MAX_WORDS, Door, Form, keys_of

SILENCE: Final = twiml.messages(()).decode()

DANGER: Final = ("emergency", "despair")

ORDINARY: Final = Guard(SILENCE, hushes=True)
HELPFUL: Final = Guard(SILENCE)
URGENT: Final = Guard(SILENCE, alike=20)
"""Danger and wishes to stop are answered in a flood, too (rule 90), but not for ever."""

_log = logging.getLogger(__name__)


def text_document(door: Door, form: Form) -> bytes | None:
    """Return what answers a text, a retried one the same; None while no release is served."""
    release = door.live.release
    if release is None:
        return None
    try:
        return _Turn(door, release, form).answer()
    except StoreError as problem:
        _log.error("text %s: the store is away: %s", _sid(form), problem)
        return _answer_unkept(door, release, form)
    except Exception as error:
        door.sorry(form, "message", error)
        _log.error("text %s: %s", _sid(form), type(error).__name__, exc_info=error)
        return twiml.messages((_apology(release, ""),))


def _sid(form: Form) -> str:
    return form.get("MessageSid") or form.get("SmsSid")


@dataclass
class _Turn:
    """One message on its way to its answer."""

    door: Door
    release: Release
    form: Form
    after: thread.Contact = thread.Contact()  # noqa: RUF009 - it is frozen
    fresh: bool = False
    """Whether the answer was made now, and not when the message first came."""

    @cached_property
    def sid(self) -> str:
        return _sid(self.form)

    @cached_property
    def now(self) -> datetime:
        """When it came."""
        return self.door.clock()

    def answer(self) -> bytes:
        if not self.sid:
            # Twilio always sends one; without it two texts could not be told apart.
            return _answer_unkept(self.door, self.release, self.form)
        keys = keys_of(self.door, self.form, self.form.address)
        seen = see(self.door.store, self.sid, keys, self.form.practice, self.now, ORDINARY)
        known = _of_thread(seen.contact)
        message = self.seen_to(known, read(self.door, self.release, known.locale, self.form))
        reply = self.kept(seen, message)
        self.keep_consent(keys, known, message)
        if self.fresh:
            self.tell_staff(known, message)
        return self.addressed(reply).encode()

    def seen_to(self, known: thread.Contact, message: Message) -> Message:
        """Make the call a message asks for; the answer tells how that went."""
        if message.wish or message.meaning.wants != "call-me" or known.opted_out:
            return message
        locale = message.meaning.locale or known.locale or self.release.script.locales[0]
        outcome = self.door.courier.call_me(
            self.sid,
            self.form.person,
            self.release,
            thread.call_topic(self.release.script, known, message.meaning),
            locale,
            known.pace,
            self.release.script.words[locale]["call_me"][0],
            self.form.errands,
        )
        return replace(message, outcome=outcome)

    def kept(self, seen: Seen, message: Message) -> str:
        """Answer in one transaction with the contact: from what was seen, if that still holds."""
        store, script = self.door.store, self.release.script
        around = Around(self.door.settings.public_url, self.sound)

        def make(kept: Contact) -> tuple[Contact, str]:
            self.after, texts = thread.step(script, _of_thread(kept), message, around)
            self.fresh = True
            return _kept(kept, self.after, self.now), self.written(texts)

        lasting = bool(message.wish) or message.meaning.wants in UNKEPT or message.meaning.stops_too
        guard = _guard(message)
        reply = answer_seen(store, seen, make, guard, lasting=lasting)
        if reply is not None:
            return reply
        self.fresh = False
        keys, practice = seen.message.keys, self.form.practice
        return answer_once(store, self.sid, keys, practice, self.now, make, guard, lasting=lasting)

    def written(self, texts: Texts) -> str:
        """Write the answer as TwiML, alike for all who get it: it is counted by its words."""
        if not any(text.media for text in texts):
            return _document(texts)
        about = {"topic": self.after.place.split(".")[1], "locale": self.after.locale}
        return _document(texts).replace(_STATUS, escape(f"{_STATUS}&{urlencode(about)}"))

    def addressed(self, reply: str) -> str:
        """Say in the answer where Twilio tells us what became of it."""
        url = f"{self.door.settings.public_url}/sms/status?turn={quote(self.sid, safe='')}"
        return reply.replace(_STATUS, escape(url, quote=True))

    def sound(self, topic: str, locale: str, pace: Pace) -> str:
        """Return the address of a topic's sound if it reaches them as media, else ""."""
        parts = topic_parts(self.release.script, topic, locale)
        mp3 = self.door.live.manifest.topic(topic, locale, pace, parts)
        if mp3 is None:
            return ""
        url = f"{self.door.settings.public_url}/audio/{mp3.name}"
        return self.door.courier.sound(self.form.person, self.form.get("To"), mp3.bytes, url)

    def keep_consent(self, keys: Keys, known: thread.Contact, message: Message) -> None:
        """Keep what the text agreed to, and a stop again by a retry.

        Whoever answered first may have died over it; the same stop is kept once.
        """
        wants = thread.settled(known, message).wish or message.meaning.wants
        wish = "stop" if message.meaning.stops_too else wants
        if wish == "stop" or (wish == "start" and self.fresh):
            kind: Literal["stop", "start"] = "stop" if wish == "stop" else "start"
            locale = self.after.locale or known.locale or message.meaning.locale
            words = _words_of_wish(self.release, locale, kind)
            practice = self.form.practice
            record_consent(self.door.store, keys, practice, kind, "message", words, self.now)

    def tell_staff(self, known: thread.Contact, message: Message) -> None:
        """Count the text, and keep the words nobody understood."""
        now, meaning, practice = self.now, message.meaning, self.form.practice
        wants = thread.settled(known, message).wish or meaning.wants
        locale = self.after.locale or meaning.locale
        day = self.release.script.line.hours.day(now)
        for event, topic in uses.of_text(known.place, self.after.place, wants, meaning.target):
            self.door.tally.count(Use(day, "message", locale, topic, event, practice))
        if wants == "unknown" and not self.door.live.off.line:
            words = scrub(body_of(self.form))
            note_unmatched(self.door.store, "message", locale, words, practice, now)


def _guard(message: Message) -> Guard:
    """Return what is told of a message in a flood, and to one that comes again after a stop.

    A YES may have agreed to anything.
    """
    wants = message.meaning.wants
    if message.wish or wants in ("stop", "start", *DANGER):
        return replace(URGENT, hushes=wants == "yes")
    return HELPFUL if wants == "help" else ORDINARY


_STATUS: Final = "https://status.invalid/"
"""Stands in a document for the address where its own status is told."""


@lru_cache(maxsize=256)
def _document(texts: Texts) -> str:
    """Write a document with room for its status address; the same few texts go out all day."""
    return twiml.messages(texts, _STATUS).decode()


def _words_of_wish(release: Release, locale: str, wish: str) -> str:
    """Return our words for a wish that was granted: a message's own are kept nowhere."""
    locale = locale or release.script.locales[0]
    return release.script.prompts[locale].message[wish]


def _of_thread(kept: Contact) -> thread.Contact:
    pace = next((pace for pace in PACES if pace == kept.pace), PACES[0])
    return thread.Contact(kept.locale, kept.place, kept.opted_out_at is not None, pace)


def _kept(kept: Contact, after: thread.Contact, now: datetime) -> Contact:
    return replace(
        kept,
        locale=after.locale,
        place=after.place,
        opted_out_at=(kept.opted_out_at or now) if after.opted_out else None,
        forgotten=after.forgotten,
    )


def _answer_unkept(door: Door, release: Release, form: Form) -> bytes:
    """Answer from memory while the store is away; a wish to stop is never acknowledged unkept."""
    message = read(door, release, "", form)
    around = Around(door.settings.public_url)
    _, texts = thread.step(release.script, thread.Contact(place="main"), message, around)
    if texts and (message.wish or message.meaning.wants in UNKEPT):
        door.sorry(form, "message", StoreError())
        texts = (thread.Text(_apology(release, message.meaning.locale)),)
    return twiml.messages(texts)


UNKEPT: Final = ("stop", "start", "forget")
"""Wishes that are not granted until they are kept."""


def read(door: Door, release: Release, locale: str, form: Form) -> Message:
    """Turn a verified text into what it means; Twilio's own reading of STOP comes first."""
    body = body_of(form)
    known = locale or release.script.locales[0]
    wish, carrier = _by_carrier(door, form, body)
    meaning = understand(release.vocabulary, known, body)
    return Message(_own_locale(meaning, locale, body), wish, carrier)


def _by_carrier(door: Door, form: Form, body: str) -> tuple[Wish | None, bool]:
    """Return the carrier word a text is, and whether Twilio answers it.

    Twilio looks at a text as it came, and of WhatsApp at none; what it does not say itself, and
    what it passes over for a mark that nobody sees, is ours to answer.
    """
    told = form.get("OptOutType").lower()
    if told in ("stop", "start", "help"):
        return cast("Wish", told), True
    whatsapp = form.address.startswith("whatsapp:")
    if door.settings.carrier_keywords == "carrier" and not whatsapp:
        return thread.carrier_word(form.get("Body")), True
    return thread.carrier_word(body), bool(told)


def body_of(form: Form) -> str:
    """Return the words of a text."""
    return clean(form.get("Body"))[:MAX_WORDS]


def _own_locale(meaning: Meaning, locale: str, body: str) -> Meaning:
    """Figures tell nothing of a stranger's language."""
    return meaning if locale or any(c.isalpha() for c in body) else replace(meaning, locale="")


def _apology(release: Release, locale: str) -> str:
    return thread.apology(release.script, locale or release.script.locales[0])
