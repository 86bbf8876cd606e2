"""A small good script about a cast: the shipped line with three subjects of its own.

Tests of `check` change one thing in it at a time. `changed` and `with_sources` make the change.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from voice.script import Option, OptionWording, Script, Topic, Wording, wording_digest

TODAY = date(2026, 11, 20)
REVIEW = date(2027, 5, 20)

CAST = {
    "en-US": Wording(
        title="What a cast is",
        menu_label="To learn what a cast is",
        keywords=("cast", "plaster"),
        sample_questions=("What is it?", "Is it heavy?", "Why?", "How long?", "Does it itch?"),
        main_message="A cast holds your broken bone still.",
        parts=("Your doctor wraps it around your arm.\nYou wear it for four to six weeks.",),
        action="Ask your doctor how to keep it dry.",
        texts=("A cast holds your broken bone still. You wear it for 4 to 6 weeks.",),
    ),
    "es-US": Wording(
        title="Qué es un yeso",
        menu_label="Para saber qué es un yeso",
        keywords=("yeso", "escayola"),
        sample_questions=("¿Qué es?", "¿Pesa?", "¿Por qué?", "¿Cuánto dura?", "¿Pica?"),
        main_message="El yeso mantiene quieto su hueso roto.",
        parts=("Su médico se lo pone en el brazo.\nUsted lo usa de cuatro a seis semanas.",),
        action="Pregunte a su médico cómo no mojarlo.",
        texts=("El yeso mantiene quieto su hueso roto. Usted lo usa de 4 a 6 semanas.",),
    ),
}
GAINS = {
    "en-US": Wording(
        title="How a cast may help",
        menu_label="For how it may help",
        keywords=("help me heal",),
        sample_questions=("Will it help?", "How?", "When?", "For all?", "How much?"),
        main_message="A cast may ease your pain. It has risks, and it does not help everyone.",
        parts=("You have other choices, such as a brace.",),
        action="Ask your doctor about your choices.",
        texts=("A cast may ease your pain. It has risks. Ask your doctor.",),
    ),
    "es-US": Wording(
        title="Cómo puede ayudar el yeso",
        menu_label="Para saber cómo puede ayudar",
        keywords=("sanar",),
        sample_questions=("¿Ayuda?", "¿Cómo?", "¿Cuándo?", "¿A todos?", "¿Cuánto?"),
        main_message="El yeso puede aliviar su dolor. Tiene riesgos y no a todos les ayuda.",
        parts=("Usted tiene otras opciones, como una faja.",),
        action="Pregunte a su médico por sus opciones.",
        texts=("El yeso puede aliviar su dolor. Tiene riesgos. Pregunte a su médico.",),
    ),
}
SIGNS = {
    "en-US": Wording(
        title="Warning signs",
        menu_label="For warning signs",
        keywords=("warning signs",),
        sample_questions=("When?", "Who?", "A fever?", "My arm is numb?", "It is red?"),
        main_message="Call {emergency} now for chest pain or trouble breathing, or if you faint.",
        parts=(
            "Go to the emergency room now if a leg gets weak or numb. Go for a numb groin. "
            "Go if you lose bladder or bowel control.\n"
            "Call your doctor the same day for a fever. Call if your skin is red or swollen, or "
            "leaks fluid. Call if your pain gets worse.",
        ),
        action="Call {emergency} first for chest pain.",
        texts=("Call {emergency} now for chest pain or trouble breathing.",),
    ),
    "es-US": Wording(
        title="Señales de alarma",
        menu_label="Para las señales de alarma",
        keywords=("señales de alarma",),
        sample_questions=("¿Cuándo?", "¿A quién?", "¿Fiebre?", "¿Brazo dormido?", "¿Rojo?"),
        main_message="Llame al {emergency} si le duele el pecho o se desmaya.",
        parts=(
            "Llame también si le cuesta respirar. Vaya a la sala de emergencias si tiene débil una "
            "pierna o dormida la ingle. Vaya si se le sale la orina o el excremento.\n"
            "Llame a su médico por fiebre, o por la piel roja, hinchada o con líquido. Llame por "
            "un dolor peor.",
        ),
        action="Llame primero al {emergency} si le duele el pecho.",
        texts=("Llame ya al {emergency} si le duele el pecho o le cuesta respirar.",),
    ),
}
SIGNED = {
    "en-US": {
        "writer": "Ana, 2026-11-01",
        "editor": "Bo, 2026-11-02",
        "clinician": "Cy, 2026-11-03",
    },
    "es-US": {
        "writer": "Ana, 2026-11-01",
        "editor": "Bo, 2026-11-02",
        "clinician": "Cy, 2026-11-03",
        "translator": "Di, 2026-11-03",
    },
}
SOURCES: Mapping[str, Any] = {
    "background_topics": ["signs"],
    "source": [{"id": "S0", "title": "Patient information page 1 of 1"}],
    "fact": [
        {
            "id": name,
            "topic": topic,
            "kind": kind,
            "statement": statement,
            "caution": "None.",
            "sources": ["S0"],
        }
        for name, topic, kind, statement in (
            ("F-001", "cast", "core", "A cast holds a broken bone for four to six weeks."),
            ("F-002", "gains", "core", "It eases pain in some people."),
            ("F-003", "cast", "detail", "It weighs about a pound."),
            ("F-004", "cast", "background", "It was invented 170 years ago."),
        )
    ],
    "external": [
        {
            "id": name,
            "topic": "signs",
            "fact": "Call 911 for chest pain.",
            "source_title": "A page",
            "url": "https://example.org/",
            "verification": verification,
            "note": "",
        }
        for name, verification in (("X-001", "excerpt-read"), ("X-002", "unverified"))
    ],
    "conflict": [
        {
            "id": "C-01",
            "title": "How well it holds",
            "facts": ["F-001"],
            "external": [],
            "principle": "Say that it holds the bone in most people.",
            "avoid_phrases": {"en-US": ["never slips"], "es-US": ["nunca se mueve"]},
        }
    ],
}


def small(script: Script) -> Script:
    """Return the small script, with the shipped line, prompts and word lists."""
    topics = (
        Topic("cast", ("F-001",), (), REVIEW, CAST, SIGNED),
        Topic("gains", ("F-002",), ("benefit",), REVIEW, GAINS, SIGNED),
        Topic("signs", ("X-001",), ("symptom",), REVIEW, SIGNS, SIGNED),
    )
    options = (
        _option("1", ("cast", "gains"), "To learn about casts", "Para conocer el yeso"),
        _option("2", ("signs",), "For warning signs", "Para las señales de alarma"),
    )
    about_topics = ("topics/", "questions.toml")
    files = {n: text for n, text in script.files.items() if not n.startswith(about_topics)}
    return replace(
        script,
        topics={topic.id: topic for topic in topics},
        options=options,
        sources=SOURCES,
        files=files,
    )


def _option(key: str, topics: tuple[str, ...], english: str, spanish: str) -> Option:
    wording = {
        "en-US": OptionWording(english, english.split(" ", 1)[1], ()),
        "es-US": OptionWording(spanish, spanish.split(" ", 1)[1], ()),
    }
    return Option(key, topics, wording)


def changed(script: Script, topic: str, locale: str = "", **change: Any) -> Script:
    """Change fields of a topic, or of its words in one locale."""
    old = script.topics[topic]
    if locale:
        words = {**old.wording, locale: replace(old.wording[locale], **change)}
        change = {"wording": words}
    return replace(script, topics={**script.topics, topic: replace(old, **change)})


def signed(script: Script) -> Script:
    """Let everybody named with a date sign the words as they are."""
    topics = {}
    for name, topic in script.topics.items():
        entries = {
            locale: {
                role: f"{entry}, {wording_digest(topic, locale)}"
                if entry.count("-") == 2
                else entry
                for role, entry in given.items()
            }
            for locale, given in topic.sign_offs.items()
        }
        topics[name] = replace(topic, sign_offs=entries)
    return replace(script, topics=topics)
