"""kypholine: an accessible voice and SMS information line.

One approved script feeds every channel. A patient's every step is a pure function;
everything else is an edge. The map of the package, inside to outside:

    script/        what staff wrote: load scripts/, freeze it, list every problem
    words.py       a locale's way of saying things: digits, phone numbers, opening hours
    understand/    a patient's own words -> what they want; evaluate.py measures how well
    hours.py       is the clinic open at a given moment
    dialog/        the call: step(script, state, event) -> (state, reply); pure, no clock
    thread/        the text thread: the same for messages
    sms.py         a reply as text messages: alphabet, segments
    twiml.py       a reply as TwiML, for a call or a message
    release.py     a script made ready to serve: every state of the call as ready bytes
    signature.py   is a request really Twilio's? mac.py: with keys prepared once; refusals.py counts
                   those that are not, and logs a few
    live.py        the release being served, with its clips; built.py keeps what was worked out
    webhook/       Twilio's door: verify, parse to an event, do, step, save, answer
    shelf.py       the clips at /audio
    listen.py      public pages: every topic in large print, with its audio and its sources
    card.py        the key card that patients keep by the telephone; card_pdf.py prints it
    courier/       texts and calls that people asked for: each once, and only if it is allowed
    notice.py      tells the clinic that a call-back waits; seal.py seals its number
    scrub.py       what staff may see of words not understood; inbox.py what waits for staff
    outbound/      what we start ourselves, the only place with the REST client; connect.py
    phone.py       a telephone for people and tests: follows TwiML as Twilio does
    exchange.py    how its requests travel: signed; document.py, hearing.py and shown.py read
                   what comes back; texting.py has its texts
    talk.py        that telephone in the terminal (terminal.py, player.py); handset.py rings this
                   installation with it
    practice.py    the same in the browser, beside a text thread: /try; booth.py answers its page,
                   showing.py has its rows
    rehearsal/     drafts, to listen to and to call, before callers hear them
    console/       the staff's door: accounts, signing in, pages; sign_offs.py knows who signed what
    translation/   the words of a locale as sheets for translators, out and in again
    settings/      one frozen dataclass from the environment; secrets.py keeps the instance's keys
    instance.py    what a start needs: store, first release, clips
    completing.py  an older release made whole for a newer program
    origin.py      which live words scripts/ does not have, as those from the console
    web.py         the factory: headers, error pages, health, metrics (measures.py, logs.py)
    sharing.py     clips on their way between machines, through the store
    rounds.py      what a background thread does again and again
    pulse.py       the sign of life a worker gives, and which of them hangs; systemd.py is told that
                   the process in front lives; bereft.py finds the workers of one that does not
    watchers.py    errors to Sentry and times to OpenTelemetry, if a setting names them
    gauges.py      what /metrics and /readyz ask the store
    assembly.py    the running line put together; server.py serves it, maker.py makes what a start
                   lacks; reload.py has the next version take its place
    checklist.py   every sentence of a locale, in an order to read it aloud
    listing.py     everything the line says and texts, as rows
    doctor.py      what is wrong with this installation
    fallback.py    the line as plain files, for when it is down
    bench/         what a request costs, compared with plain Flask on the same server
    progress.py    a progress bar
    speech/        engines, mastering, clips; engines loaded only where clips are made
    store/         tables, queries, migrations
    check/         every problem in scripts and audio, in one run
    plain/         plain-language measures and the rules a program can check
    commands/      the command line, a module for each kind of command; __main__.py runs it

Imports point one way: script <- dialog <- {sms, twiml} <- webhook <- web <- app.py.
tests/test_design.py holds us to it.
"""

__version__ = "0.1.0"
