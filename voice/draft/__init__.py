"""Words in work: what staff edit, how it compares and merges, who has to approve it. Pure.

field       the unit of editing, and its value made tidy
fields      every field of a set of scripts; reading one
writing     fields changed in the files, comments and layout kept
"""
