"""Words in work, heard and rung before any caller hears them.

    draft.py     the script as words in work make it
    sayings.py   what the line says of a subject, clip by clip. Pure
    spelling.py  a word, how it is to be said, and a sentence with it. Pure
    sounds.py    where the clips of words in work are; light
    orders.py    sound somebody waits for: asked for, how far it is, what came of it
    maker.py     the process that makes it: `python -m voice.rehearsal.maker`
    line.py      a telephone line that says the words in work

Clips are made by a process that ends: a worker that answers callers loads no engine. They lie in
the instance's folder drafts/ for a day.
"""
