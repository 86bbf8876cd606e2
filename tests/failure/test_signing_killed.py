"""Who was told that their signature is kept finds it, whatever was killed: by the real console."""

import re
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import requests

from tests.drafting import place
from tests.failure.machine import TINY, Machine, machine, wait_until
from tests.failure.test_killed import prepared
from voice.assembly import now
from voice.draft.review import Policy
from voice.draft.subjects import subjects
from voice.script import load
from voice.store import Store, open_store
from voice.store.drafts import read_work
from voice.store.sessions import begin_session
from voice.store.staff import Newcomer, add_person

SCRIPT = load(TINY)
SIGNERS = ("editor", "clinician", "translator")

Signed = tuple[str, str, str]
"""A subject, a language, a role."""


def hire(store: Store) -> None:
    """One person for each role, signed in already, and known by it."""
    for role in SIGNERS:
        made = add_person(
            store, Newcomer(f"{role}@clinic.example", role, (role,), "en"), None, now()
        )
        begin_session(store, f"session-of-{role}", made.id, now())


@dataclass
class Signer:
    """Somebody in a browser, who signs one text after another until all are signed."""

    role: str
    url: str
    digests: dict[tuple[str, str], str]
    told: list[Signed]
    over: threading.Event
    lost: int = 0
    refused: list[str] = field(default_factory=list)
    browser: requests.Session = field(default_factory=requests.Session)

    def sign_all(self) -> None:
        """Sign everything this role signs; each until an answer comes."""
        for subject, locale in self.digests:
            if self.role in Policy().signers(locale, SCRIPT.locales):
                while not self.over.is_set() and not self.signs(subject, locale):
                    self.lost += 1
                    self.over.wait(0.05)

    def signs(self, subject: str, locale: str) -> bool:
        """Press the button below the words; False where no answer comes."""
        form = {"locale": locale, "digest": self.digests[subject, locale], "role": self.role}
        try:
            form["csrf_token"] = self.token
            page = f"{self.url}/console/review/{subject}/sign"
            answer = self.browser.post(page, form, allow_redirects=False, timeout=15)
        except requests.RequestException:
            return False
        if answer.status_code == 303:
            self.told.append((subject, locale, self.role))
        else:
            self.refused.append(f"{subject} {locale} {self.role} {answer.status_code}")
        return True

    @cached_property
    def token(self) -> str:
        """What stands in every form of this browser."""
        self.browser.cookies.set("staff", f"session-of-{self.role}")
        page = self.browser.get(f"{self.url}/console/account", timeout=15).text
        found = re.search('name="csrf_token" value="([^"]*)"', page)
        assert found, page[:500]
        return found[1]


def signers(line: Machine, store: Store) -> Iterator[Signer]:
    """Everybody, each with what they read."""
    files, told, over = SCRIPT.files, list[Signed](), threading.Event()
    digests = {
        (subject, locale): place(store, locale, subject, files).digest
        for subject in subjects(SCRIPT)
        for locale in SCRIPT.locales
    }
    for role in SIGNERS:
        yield Signer(role, f"http://127.0.0.1:{line.port}", digests, told, over)


def test_who_was_told_their_sign_off_is_kept_finds_it_after_a_kill(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path}/instance/line.db"
    prepared(address)
    with closing(open_store(address)) as store, machine(tmp_path) as line:
        hire(store)
        everybody = list(signers(line, store))
        told = everybody[0].told
        threads = [threading.Thread(target=one.sign_all, daemon=True) for one in everybody]
        for thread in threads:
            thread.start()
        wait_until(lambda: len(told) > 5, "nobody signs")
        line.kill()
        line.start()
        for thread in threads:
            thread.join(60)
        for one in everybody:
            one.browser.close()
        line.stop()
        work = read_work(store)
    kept = {(one.subject, one.locale, one.role) for one in work.sign_offs}
    assert set(told) <= kept
    assert len(told) > 20
    assert sum(one.lost for one in everybody) > 0, "nobody noticed that all was killed"
    # What was kept before the kill and never acknowledged is refused when it is signed again.
    refused = [one for each in everybody for one in each.refused]
    assert len(refused) <= len(SIGNERS)
    assert {one[-3:] for one in refused} <= {"422"}
