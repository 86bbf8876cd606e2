"""Words in work: what staff edit, how it compares and merges, who has to approve it. Pure.

field       the unit of editing, and its value made tidy
fields      every field of a set of scripts; reading one
writing     fields changed in the files, comments and layout kept
difference  what changed, field by field and word by word
merging     two people's changes of the same words put together
subjects    what is reviewed and signed together, and the digest of its words
review      who may sign what, and what still lacks
unsigned    which live words lack whose signatures
work        everything in work at one moment, and where each subject stands
composing   the files of the next release: words in work and sign-offs put in
"""
