"""kypholine: an accessible voice and SMS information line.

One approved script feeds every channel. A patient's every step is a pure function;
everything else is an edge. The map of the package, inside to outside:

    script.py      what staff wrote: load scripts/, freeze it, list every problem
    words.py       a locale's way of saying things: digits, phone numbers, opening hours
    plain.py       plain-language measures and the rules a program can check
    understand.py  a patient's own words -> what they want
    hours.py       is the clinic open at a given moment
    dialog.py      the call: step(script, state, event) -> (state, reply); pure, no clock
    thread.py      the text thread: the same for messages
    sms.py         a reply as text messages: alphabet, segments
    twiml.py       a reply as TwiML, for a call or a message
    release.py     a script made ready to serve: every state of the call as ready bytes
    signature.py   is a request really Twilio's?
    webhook.py     Twilio's door: verify, parse to an event, step, save, render
    listen.py      public pages and clips: large print and audio for each topic
    phone.py       a telephone for people and tests: signs, fetches and follows TwiML
    practice.py    /try: that telephone and a text thread in the browser
    settings.py    one frozen dataclass from the environment; reports all that is wrong at once
    web.py         the factory: doors, headers, error pages, health, metrics
    speech/        engines, mastering, clips; loaded only where clips are made
    store/         tables, queries, migrations
    check.py       every problem of scripts and audio in one list
    __main__.py    the command line

Imports point one way: script <- dialog <- {sms, twiml} <- webhook <- web <- app.py.
tests/test_design.py holds us to it.
"""

__version__ = "0.1.0"
