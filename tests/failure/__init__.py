"""What happens to real processes when something goes wrong under them, and what it costs callers.

    machine.py   one machine of the line: its processes, started, killed, started again
    crowd.py     people who call and write meanwhile, and remember what they were promised

The quick ones run with all tests; those marked `soak` take minutes and run by `make soak`.
"""
