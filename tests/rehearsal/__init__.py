"""The handbook rehearsed as root: real machines and containers, each command as it is written.

`make rehearsal` runs it. What a rehearsal needs and does not find is a failure that says what to
install.
"""
