"""How words become sound: engines, mastering and clips. Imports nothing.

``clips``          what is made and served: names, the manifest, missing and orphaned; light
``engine``         what an engine is, the choice of one, its settings; light
``espeak``, ``gtts``, ``piper``, ``recordings``  who speaks; loaded only where clips are made
``reading``        a person's recording of exact words, and where one is found; light
``take``           somebody's recording as it comes, listened to in a process of its own; light
``taking``         that process: what is wrong with it, and bringing it to the line's level
``wording``        words to sentences to say
``lexicon``        how the medical words are said
``mastering``      level, band, pauses, encoding
``render``         makes every clip that is missing, several at a time
``measure``        what a served file really is, in numbers
"""
