"""Another procedure in other languages on other keys: the program knows nothing of its content."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.conftest import ROOT
from tests.replay import Served, replay, serving
from voice import dialog, thread
from voice.dialog import Caller, Deed, Event, State, deed, following, reply
from voice.listing import rows
from voice.release import hints_of, utterances
from voice.script import Script, load
from voice.speech.clips import Manifest
from voice.thread import Contact, Message, carrier_word
from voice.understand import Meaning, understand, vocabulary

FOLDER = Path(__file__).parent / "data" / "tiny-scripts"
FR, PT = "fr-FR", "pt-BR"


@pytest.fixture(scope="module")
def tiny() -> Script:
    return load(FOLDER)


@pytest.fixture(scope="module")
def served(tiny: Script) -> Served:
    return serving(tiny)


def places(script: Script, *keys: str) -> list[str]:
    """Where the keys of a call lead, one after another."""
    state, seen = dialog.start(script), []
    for key in keys:
        state = following(script, state, Event("key", key))
        seen.append(f"{state.place} {state.locale}")
    return seen


def test_keys_mean_what_its_own_menu_says(tiny: Script) -> None:
    assert places(tiny, "2", "7", "#", "*", "*", "6", "5", "5", "0", "4", "9") == [
        "welcome pt-BR",
        "topic.apres.1 pt-BR",
        "topic.apres.1 pt-BR",
        "topic.apres.2 pt-BR",
        "after.apres pt-BR",
        "after.apres pt-BR",
        "pause.after.apres pt-BR",
        "after.apres pt-BR",
        "main pt-BR",
        "topic.lavage.1 pt-BR",
        "transfer pt-BR",
    ]


def test_a_text_and_a_call_back_are_asked_for_on_its_own_keys(tiny: Script) -> None:
    caller = Caller("+33199001299", "")
    after = State("after.lavage", PT, "normal")
    asked = following(tiny, after, Event("key", "8", caller=caller))
    assert asked == after._replace(place="text.lavage")
    said = " ".join(one.words for one in reply(tiny, asked, caller.number).says)
    assert "três três um nove nove zero zero um dois nove nove Pode haver custos." in said
    assert said.endswith("Para receber: tecla um. Sem mensagem: tecla dois.")
    assert deed(tiny, asked, Event("key", "1", caller=caller)) == Deed("text", "lavage")
    number = State("callback-number", FR, "normal")
    assert following(tiny, number, Event("key", "0")).place == "main"
    assert following(tiny, number, Event("key", "9")).place == "transfer"
    assert deed(tiny, number, Event("key", "0199001299")) == Deed("number", "0199001299")


def test_the_keys_that_are_announced_are_the_keys_that_work(tiny: Script) -> None:
    for locale, said in (
        (FR, "touche quatre. Pour la suite : touche sept"),
        (PT, "tecla quatro. "),
    ):
        for place in ("welcome", "main"):
            words = " ".join(u.words for u in reply(tiny, State(place, locale, "normal")).says)
            assert said in words
        assert re.search(r"4 Lava\w+, 7 ", thread.menu(tiny, locale, "menu"))


@pytest.mark.parametrize(
    ("body", "locale", "answer"),
    [
        ("4", FR, "Cabinet Témoin: De l'eau tiède nettoie votre oreille. Suite : SUIVANT"),
        ("cera", PT, "Clínica Exemplo: Água morna limpa o seu ouvido. Mais: PROXIMO"),
        ("0", FR, "Cabinet Témoin: Choix : 4 Lavage, 7 Suite."),
        ("9", PT, "Clínica Exemplo: Ligue para 1-99-00-12-34, na segunda, das 8h30 às 12. Depois "
         "das 14 às 18. Na quinta, das 14 às 18."),
        ("1", FR, "Cabinet Témoin: Pas compris. 4 Lavage, 7 Suite. Urgence : 112."),
        ("je saigne", PT, "Cabinet Témoin: Appelez le 112."),
        ("quero morrer", FR, "Clínica Exemplo: Ligue para 3114."),
        ("plus de messages", FR, "Cabinet Témoin: Plus aucun message. START pour reprendre."),
        ("aide", FR, "Cabinet Témoin: Appelez le 1-99-00-12-34. STOP pour finir."),
    ],
)  # fmt: skip
def test_it_answers_texts(tiny: Script, body: str, locale: str, answer: str) -> None:
    meaning = understand(vocabulary(tiny), locale, body)
    contact = Contact(locale, "main")
    _, texts = thread.step(tiny, contact, Message(meaning, carrier_word(body)))
    assert texts[0].body == answer


def test_it_answers_a_call_and_texts_through_the_real_door(served: Served, tmp_path: Path) -> None:
    told = (FOLDER.parent / "tiny-conversation.txt").read_text("utf-8")
    assert replay(told, served, tmp_path) == told


def test_every_state_has_words_and_a_document_far_below_the_limit(
    tiny: Script, served: Served
) -> None:
    release = served.live.release
    assert release is not None
    assert len(release.replies) == len(dialog.states(tiny)) > 200
    for state, body in release.replies.items():
        assert ElementTree.XML(body).tag == "Response"
        assert reply(tiny, state).says, state


def words_of(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))


@pytest.mark.parametrize("folder", [FOLDER, ROOT / "scripts"], ids=["tiny", "shipped"])
def test_not_a_word_is_said_texted_or_hinted_that_staff_did_not_write(folder: Path) -> None:
    script = load(folder)
    written = set().union(*(words_of(text) for text in script.files.values()))
    said = {utterance.words for utterance in utterances(script)}
    said |= {re.sub(r"/listen\S*", "", text) for _, _, _, text in thread.all_texts(script)}
    said |= {hints_of(script, locale) for locale in script.locales}
    # Opening hours join an hour and its minutes, "8" and "h30", and begin sentences of their own.
    strange = {word for text in said for word in words_of(text) - written}
    assert strange - {"8h30", "Puis", "Na"} == set()


def test_it_lists_every_word_in_its_own_languages(tiny: Script) -> None:
    listed = list(rows(tiny, Manifest()))
    assert {row.locale for row in listed} == {FR, PT}
    assert {row.topic for row in listed} == {None, "lavage", "apres"}


def test_words_lead_to_its_topics(tiny: Script) -> None:
    known = vocabulary(tiny)
    assert understand(known, FR, "Oreille !") == Meaning("topic", "lavage", FR)
    assert understand(known, FR, "ensuite") == Meaning("topic", "apres", FR)
    assert understand(known, FR, "pular") == Meaning("key", "*", PT)
    assert understand(known, PT, "francais") == Meaning("language-switch", FR, FR)
    assert understand(known, FR, "three").wants == "unknown"
    assert understand(known, FR, "help me").wants == "unknown"


CONTENT = re.compile(
    r"k[iy]ph(?!oline)|cifo|spin(e|al)\b|verteb|espalda|\bbone|hueso|balloon|globo|cement", re.I
)
# How English and Spanish are read aloud is measured with words of English and Spanish.
MEASURES = ROOT / "voice" / "plain"


def test_the_program_names_nothing_of_its_content() -> None:
    found = [
        (path.relative_to(ROOT).as_posix(), number, row)
        for path in sorted((ROOT / "voice").rglob("*.py"))
        if MEASURES not in path.parents
        for number, row in enumerate(path.read_text("utf-8").splitlines(), 1)
        if CONTENT.search(row)
    ]
    assert found == []
