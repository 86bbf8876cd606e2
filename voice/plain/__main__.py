"""A quick look at one topic while it is written: python -m voice.plain scripts/topics/risks.toml."""

import sys
import tomllib
from pathlib import Path

import click

from voice.plain import phrases, readability, sentences

FILL = {
    "en": {"emergency": "nine, one, one", "phone": "2 1 2, 5 5 5, 0 1 3 4", "clinic": "Sample Clinic"},
    "es": {"emergency": "nueve, uno, uno", "phone": "2 1 2, 5 5 5, 0 1 3 4", "clinic": "Clínica de Muestra"},
}
NAMES = {"en": ("flesch-kincaid", "FK"), "es": ("inflesz", "INFLESZ")}


def fill(text, language):
    for name, words in FILL[language].items():
        text = text.replace("{" + name + "}", words)
    return text


def show(path):
    topic = tomllib.loads(path.read_text("utf-8"))
    plain = tomllib.loads(Path("scripts/plain.toml").read_text("utf-8"))
    for locale in [key for key in topic if "-" in key]:
        words, rules, language = topic[locale], plain.get(locale, {}), locale[:2]
        bans = [phrases.phrase(k, v) for k, v in rules.get("instead", {}).items()]
        terms = {t.lower() for t in rules.get("terms", {})}
        parts = list(words["parts"])
        parts[0] = words["main_message"] + "\n" + parts[0]
        parts[-1] += "\n" + words["action"]
        clean = ["\n".join(" ".join(l.split()) for l in fill(p, language).splitlines()) for p in parts]
        formula, name = NAMES[language]
        def line(label, text):
            value = readability.score(text, formula, terms)
            raw = readability.score(text, formula)
            number = len(sentences.words(text, language))
            mean = number / max(1, len(sentences.sentences(text)))
            click.echo(f"  {label}: {number} words, {name} {value:.1f} (raw {raw:.1f}), mean sentence {mean:.1f}")
        click.echo(f"{path.stem} {locale}")
        line("whole", "\n".join(clean))
        for n, part in enumerate(clean, 1):
            line(f"part {n}", part)
        texts = [" ".join(fill(t, "xx") .split()) if False else " ".join(t.replace("{emergency}", "911").replace("{phone}", "212-555-0134").split()) for t in words["texts"]]
        line("texts", "\n".join(texts))
        limit, warn = (20, 15) if language == "en" else (22, 18)
        for s in [s for p in clean + texts for s in sentences.sentences(p)]:
            n = len(sentences.words(s, language))
            if n > warn:
                click.echo(f"  {'TOO LONG' if n > limit else 'long'} {n}: {s}")
        everything = "\n".join([*clean, *texts, words["title"], words["menu_label"]])
        for ban, hit in phrases.found(everything, bans):
            click.echo(f"  BANNED {hit!r}: {ban.instead}")
        for n, text in enumerate(texts, 1):
            click.echo(f"  text {n}: {len(text)} characters (+20 sender, +20 More)")


if __name__ == "__main__":
    for name in sys.argv[1:]:
        show(Path(name))
