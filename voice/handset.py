"""The practice telephone of this installation: it rings its own line, in this process or served."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from voice.completing import whole
from voice.exchange import Caption, Fetch, Phone, over_http, over_wsgi
from voice.instance import first_release, opened_store
from voice.live import Live
from voice.release import Release
from voice.script import Script, ScriptError, read_files
from voice.settings import Settings
from voice.speech.clips import Manifest
from voice.store import Store, Tally, contact_keys, live_release, read_contact
from voice.thread import carrier_word

NUMBER = "+12125550199"
"""The fictional number the practice telephone calls and texts from."""


@contextmanager
def handset(settings: Settings, url: str = "") -> Iterator[Phone]:
    """Give a telephone that reaches this installation's line.

    With `url` it calls a server that is running there with the same instance folder; without one
    it holds the whole line in this process, clips or no clips.
    """
    # The web side is loaded only when somebody picks the telephone up.
    from voice.assembly import build, now
    from voice.measures import measures

    with opened_store(settings) as store:
        first_release(settings, store, now())
        live = Live(settings.public_url, settings.audio, settings.built)
        release = _served(live, store, settings)
        tally = Tally(store)
        app = build(settings, store, live, tally, measures(), now)
        script = release.script if release else None
        reach = over_http(url) if url else over_wsgi(app)
        held = phone(settings, live.manifest, script, reach)
        yield replace(held, stopped=lambda: _has_stopped(settings, store))
        tally.close()


def _has_stopped(settings: Settings, store: Store) -> bool:
    """Whether the practice number has asked for no more texts, in this run or in an earlier one."""
    kept = read_contact(store, contact_keys(settings.contact_keys, NUMBER, practice=True))
    return kept is not None and kept.opted_out_at is not None


def _served(live: Live, store: Store, settings: Settings) -> Release | None:
    """Load the live release; one of an earlier version with the words that this one needs.

    Nothing is published: the next start does that, and makes its clips.
    """
    try:
        return live.load(store)
    except ScriptError:
        kept = live_release(store)
        if kept is None:
            raise
        return live.serve(whole(kept.files, read_files(settings.scripts)), kept.number)


def phone(settings: Settings, manifest: Manifest, script: Script | None, fetch: Fetch) -> Phone:
    """Give the practice telephone, with the words of the clips as captions."""
    captions = {clip.name: Caption(clip.words, clip.locale) for clip in manifest.clips.values()}

    def caption(url: str) -> Caption | None:
        return captions.get(url.rsplit("/", 1)[-1])

    def by_twilio(body: str) -> bool:
        return settings.carrier_keywords == "carrier" and carrier_word(body) is not None

    line = script.line.line_phone.dialled if script else "+12125550150"
    return Phone(
        fetch=fetch,
        url=settings.public_url,
        token=settings.instance_token,
        number=NUMBER,
        line=line,
        caption=caption,
        by_twilio=by_twilio,
    )
