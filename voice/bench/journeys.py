"""Callers made up by chance who go through the real call: what each asks for, hears, and when."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from voice import dialog
from voice.dialog import Caller, Event, Reply, State
from voice.script import Script, Utterance
from voice.speech.clips import Manifest

BYTES_A_SECOND: Final = 8000
"""Of a telephone clip: mu-law, 8 kHz."""
WORDS_A_SECOND: Final = 2.2
"""Where a clip is missing, Twilio's own voice says the words."""
HANGS_UP: Final = 0.04
"""The share of callers who hang up at any step; after a topic many more do."""
DONE: Final = 0.35
MOST_STEPS: Final = 60
CALLER: Final = Caller("+12125550199", "")


@dataclass(frozen=True)
class Journey:
    """One call: when it asked for something (seconds from its begin), and which clips it heard."""

    seconds: float
    asked: tuple[float, ...]
    heard: tuple[tuple[float, str, int], ...]
    """When, which clip, how many bytes."""
    deeds: int
    """What it asked to be done: a text, a call-back."""


def journeys(script: Script, manifest: Manifest, chance: random.Random, many: int) -> list[Journey]:
    """So many calls, all different, from the same chance always the same."""
    caller = _Caller(script, manifest, chance)
    return [caller.call() for _ in range(many)]


@dataclass
class _Caller:
    script: Script
    manifest: Manifest
    chance: random.Random

    def call(self) -> Journey:
        state, now, asked, heard, deeds = dialog.start(self.script), 0.0, [0.0], [], 0
        for _ in range(MOST_STEPS):
            reply = dialog.reply(self.script, state, CALLER.number)
            key = self.press(state)
            listens = self.chance.uniform(0.3, 1) if key else 1.0
            length = sum(map(self.length, reply.says)) * listens
            heard += self.played(reply.says, now, length)
            now += length + self.thinks(reply, key)
            if reply.ends or reply.dial or self.leaves(state):
                break
            event = Event("key" if key else "silence", key, open=True, caller=CALLER)
            done = dialog.deed(self.script, state, event)
            deeds += done is not None
            event = replace(event, outcome="sent" if done else "")
            state = dialog.following(self.script, state, event)
            asked.append(now)
        return Journey(now, tuple(asked), tuple(heard), deeds)

    def leaves(self, state: State) -> bool:
        return self.chance.random() < (DONE if state.kind == "after" else HANGS_UP)

    def press(self, state: State) -> str:
        """The key this caller presses here; "" for none."""
        keys, one = self.script.keys, self.chance.random()
        match state.kind:
            case "opening" | "language":
                return "" if one < 0.05 else "2" if one < 0.25 else "1"
            case "welcome" | "main":
                choices = [option.key for option in self.script.options]
                return "" if one < 0.07 else keys["person"] if one < 0.15 else self.any(choices)
            case "menu":
                return self.any("12") if one < 0.9 else keys["back"]
            case "topic":
                wishes = (keys["skip"], keys["slower"], keys["back"], keys["again"])
                return self.any(wishes) if one < 0.25 else ""
            case "after":
                return keys["text"] if one < 0.2 else keys["back"] if one < 0.7 else ""
        return "1"

    def any(self, of: Sequence[str]) -> str:
        return self.chance.choice(of)

    def thinks(self, reply: Reply, key: str) -> float:
        if key:
            return self.chance.uniform(0.5, 4)
        return float(reply.ask.wait) if reply.ask else 0.0

    def length(self, said: Utterance) -> float:
        clip = self.manifest.clip(said)
        return clip.seconds if clip else len(said.words.split()) / WORDS_A_SECOND

    def played(
        self, says: Sequence[Utterance], begun: float, until: float
    ) -> list[tuple[float, str, int]]:
        """The clips that began before the caller went on: those Twilio fetched."""
        found, at = [], 0.0
        for said in says:
            clip = self.manifest.clip(said)
            if clip and at <= until:
                found.append((begun + at, clip.name, round(clip.seconds * BYTES_A_SECOND)))
            at += self.length(said)
        return found
