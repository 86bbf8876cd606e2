"""The staff's door: accounts, signing in, and the pages on which staff look after the line.

    door.py       the gate: who may open which page; blueprint(settings, store, live, clock),
                  and is_staff(...) for pages elsewhere that are for staff
    desk.py       what every page works with: who asks, words, times, page(), require(), audited()
    cookies.py    the two cookies, and the app's settings for forms
    problems.py   what is shown when something cannot be done, or there is no such page
    forms.py      fields, what is asked of them, and what is wrong told in words
    words.py      the words of the pages, words/en.toml and words/es.toml
    times.py      moments by the clinic's clock, in the reader's language
    passwords.py  Argon2id hashes, and which passwords are refused
    proof.py      is this really them; tries are throttled
    kept.py       what was typed when a session ended, sealed into the sign-in page
    signing.py    pages: sign-in, one-time links, staying signed in
    codes.py      authenticator codes; second_step.py asks for one, authenticator.py turns them on
    openid.py     pages: signing in by the clinic's own service
    home.py       page: is the line up, what needs doing; needs.py finds what needs whom
    unknown.py    page: words not understood, taught to a draft or dropped
    call_backs.py page: who waits to be rung, and a number while somebody looks at it
    audio.py      page: every clip callers hear
    cards.py      pages: the key card, and its PDF
    translating.py  pages: translation sheets, out and in again
    paging.py     a long list, a page at a time
    overview.py   page: all words, where each subject stands, who works on it
    writing.py    pages: a subject's words, saved as somebody types; layout.py has their rows and
                  names, notes.py what is told under each
    drafting.py   a subject's words in work: fields, whose they are, saves; findings.py what is
                  wrong with them and what they cost; checks.py tells it in Spanish, citing.py
                  which facts they rest on
    hearing.py    pages: words in work as they sound; saying.py says a word in another way,
                  ringing.py rings them
    review.py     pages: what waits for review; a subject's exact words, to sign or to send back;
                  standing.py says where each subject stands, reading.py what there is to read
    behind.py     languages left behind: another one changed, and they have not since
    releases.py   pages: what can go live, every release; comparing.py puts two side by side
    going_live.py pages: words on their way to callers, and how far they are
    switching.py  pages: a subject, or the line, off and on
    policy.py     page: who must sign, and when each subject is to be read again
    use.py        page: how the line is used, and its files; sums.py adds up, sheets.py is a table
    recordings.py pages: sentences read aloud, one after another; takes.py is their checklist,
                  deleting.py asks before one is gone for good
    confirming.py new recordings, heard by somebody else before callers hear them
    names.py      what topics, languages and channels are called
    renamed.py    what people were called when they did something; served.py is what is live by the
                  store, one script for a whole page
    people.py     pages: who works here; duties.py tells what each role may do
    account.py    pages: one's own name, language and password
    recorded.py   pages: who did what, and its CSV; deeds.py names what it was done on
    commands.py   what `python -m voice staff` does

How to add a page. A module has `add(routes)`, which adds its views with `routes.add_url_rule(path,
endpoint, view)`; door.blueprint calls it. A view says whom it is for and makes its page:

    @require("writer", "editor")                   # one of these roles; require(): all staff
    def topic(name: str) -> ResponseReturnValue:   # a view without require is open to nobody
        return page("topic.html", topic=...)       # templates/console/topic.html

    @require("writer", largest=25_000_000)         # bytes it may be sent; 256 KiB otherwise
    def save(name: str) -> ResponseReturnValue:    # methods=["POST"], which needs a form's token
        ...
        audited("topic-saved", f"topic:{name}", words=12)  # deed, on what, details; no patient data
        say("topic.saved", name=name)              # told at the top of the next page
        return go(url_for("console.topic", name=name))

`staff()` is who is signed in, `desk()` has the store, the live release and the clock, `now()` is
the time of the request, `times()` tells moments, `words()` gives words: all in desk.py. Every word
stands in words/en*.toml and words/es*.toml, called "table.name"; a deed's is deeds.DEED, a page in
the menu (desk.NAV) nav.ENDPOINT. Templates extend console/base.html, set `failed` where a form has
errors (the title says so), and take the parts of forms from console/forms.html: token, summary,
line, boxes, deed. They are given t (the words), me, times, language. A form that comes when its
session has ended is kept and sent again after signing in, to the same address, if its person says
so; a script gets 401 and {"sign_in": address} instead, when it accepts JSON.
"""

from voice.console.door import blueprint, is_staff

__all__ = ["blueprint", "is_staff"]
