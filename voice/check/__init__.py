"""Every problem of scripts and audio in one run: what `python -m voice check` tells.

problem       one problem: where it is, which rule, how to mend it
passages      the texts patients hear and read, with where each comes from
wording       plain language: the rules of voice.plain on every passage
topics        a subject as a whole: points, action, emergency line, signatures, review date
facts         claims and numbers against sources.toml
menus         choices, labels, keys and keywords
prompts       what the line itself must say
calls         the conversation walked state by state
texts         text messages: segments, sender
pages         what stands in braces around the public pages
sound         every utterance has a clip, and the clip is right
subject       the problems of one subject, as quickly as somebody types
report        all of them, as text, as JSON, with a table of readability

The rules are told by number in docs/rules.md.
"""

from voice.check.problem import Problem
from voice.check.report import Report, check_folder, content_problems, problems

__all__ = ["Problem", "Report", "check_folder", "content_problems", "problems"]
