"""The design, held by tests: which module may know which, how long a function is, what is named."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from werkzeug.routing import Rule

from tests.conftest import ROOT
from tests.replay import settings_in
from voice.__main__ import main
from voice.assembly import build
from voice.live import Live
from voice.measures import measures
from voice.store import Tally, open_store

MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted((ROOT / "voice").rglob("*.py"))
}
TREES = {name: ast.parse(path.read_text("utf-8")) for name, path in MODULES.items()}


# Who knows whom ----------------------------------------------------------------------------------


def imported(tree: ast.AST) -> Iterator[str]:
    """Every module a tree of code imports; of `from voice import web` the module voice.web."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in MODULES else str(node.module)


def at_start(name: str) -> set[str]:
    """What a module imports when it is imported itself, and not only when something is called."""
    found: set[str] = set()
    for node in TREES[name].body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            found |= set(imported(node))
    return found


def part(name: str) -> str:
    """The module or package right inside voice that a module belongs to."""
    return name.split(".")[1] if name.startswith("voice.") else ""


def parts_known(name: str) -> set[str]:
    """The other parts that a module, or any module of a package, imports at all."""
    trees = [tree for module, tree in TREES.items() if part(module) == name]
    assert trees, name
    return {part(module) for tree in trees for module in imported(tree)} - {name, ""}


ARROWS = {
    "hours": set(),
    "script": {"hours"},
    "words": {"hours", "script"},
    "lists": {"script"},
    "understand": {"script"},
    "dialog": {"lists", "script", "understand", "words"},
    "thread": {"lists", "script", "understand", "words"},
    "sms": set(),
    "twiml": {"dialog", "script", "thread"},
    "release": {"dialog", "script", "twiml", "understand"},
    "sign_offs": {"script"},
    "switches": {"script"},
    "draft": {"hours", "plain", "script", "sign_offs"},
    "mac": set(),
    "signature": {"mac"},
    "exchange": set(),
    "document": {"exchange"},
    "shown": {"exchange"},
    "hearing": {"document", "exchange", "shown"},
    "texting": {"document", "exchange", "hearing", "shown"},
    "phone": {"document", "exchange", "hearing", "shown", "texting"},
}


@pytest.mark.parametrize(("name", "allowed"), ARROWS.items(), ids=ARROWS)
def test_the_core_knows_only_what_is_further_inside(name: str, allowed: set[str]) -> None:
    assert parts_known(name) <= allowed


PURE = {"Stemmer", "polib", "tomlkit"}
"""Packages that only compute: words without their endings, TOML and PO texts."""
CORE = (
    "hours", "script", "words", "lists", "understand", "dialog", "thread", "sms",
    "sign_offs", "switches", "draft",
)  # fmt: skip


@pytest.mark.parametrize("name", CORE)
def test_what_decides_needs_no_clock_chance_network_or_machine(name: str) -> None:
    trees = [tree for module, tree in TREES.items() if part(module) == name]
    needed = {module.split(".")[0] for tree in trees for module in imported(tree)} - {"voice"}
    assert needed <= sys.stdlib_module_names | PURE
    assert not needed & {
        "random",
        "time",
        "secrets",
        "uuid",
        "os",
        "socket",
        "logging",
        "threading",
    }
    clocks = {"now", "today", "utcnow"}
    called = {
        node.func.attr
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    assert not called & clocks


def test_no_two_modules_need_each_other() -> None:
    graph = {name: at_start(name) & set(MODULES) - {name} for name in MODULES}
    while leaves := {name for name, needs in graph.items() if not needs & set(graph)}:
        graph = {name: needs for name, needs in graph.items() if name not in leaves}
    assert graph == {}, "these import each other in a circle"


def test_only_outbound_may_reach_twilios_rest_client() -> None:
    reach = {name for name, tree in TREES.items() if any(map(is_rest_client, imported(tree)))}
    assert {part(name) for name in reach} <= {"outbound"}


def is_rest_client(module: str) -> bool:
    return module == "twilio.rest" or module.startswith("twilio.rest.")


HEAVY = (
    "numpy soxr soundfile espeakng_loader gtts piper twilio.rest alembic tqdm tomlkit yaml"
    " reportlab openpyxl"
).split()


def loaded(name: str) -> set[str]:
    """All that is in memory once a module is imported."""
    code = f"import {name}, sys; print(*sys.modules)"
    python = [sys.executable, "-W", "error", "-c", code]
    said = subprocess.run(python, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    assert name in said.split()
    return set(said.split())


@pytest.mark.parametrize("served", ["voice.webhook", "voice.assembly", "voice.server"])
def test_a_worker_that_serves_loads_no_engine_no_numpy_and_no_rest_client(served: str) -> None:
    assert set(HEAVY) & loaded(served) == set()


def test_the_process_in_front_loads_none_of_what_its_workers_load_at_once() -> None:
    memory = loaded("voice.__main__") | loaded("voice.server")
    assert {part(name) for name in memory} == {
        "", "__main__", "bereft", "commands", "connections", "intake",
        "logs", "pulse", "reload", "rounds", "secrets", "server", "settings", "systemd",
    }  # fmt: skip


# What can be reached -----------------------------------------------------------------------------

PUBLIC = {
    "/", "/voice", "/voice/", "/voice/<path:state>", "/voice/<whatever:state>", "/voice/status",
    "/sms", "/sms/",
    "/voice/status/", "/sms/status", "/sms/status/", "/audio/<name>", "/listen",
    "/listen/<topic>", "/healthz", "/readyz", "/metrics", "/static/<path:filename>",
}  # fmt: skip


@pytest.fixture(scope="module")
def routes(tmp_path_factory: pytest.TempPathFactory) -> list[Rule]:
    settings = settings_in(tmp_path_factory.mktemp("line"))
    store = open_store(settings.database_url)
    live = Live(settings.public_url, settings.audio)
    app = build(settings, store, live, Tally(store), measures(), lambda: datetime.now(UTC))
    store.close()
    return list(app.url_map.iter_rules())


def test_every_address_is_promised_or_belongs_to_the_practice_phone_or_the_staff(
    routes: list[Rule],
) -> None:
    found = {rule.rule for rule in routes}
    assert found >= PUBLIC
    others = {path for path in found - PUBLIC if path.split("/")[1] not in ("try", "console")}
    assert others == set()


def test_addresses_are_plain_words_and_hyphens(routes: list[Rule]) -> None:
    plain = re.compile(r"(/[a-z]+(-[a-z]+)*|/<(\w+:)?\w+>)*/?")
    assert [rule.rule for rule in routes if not plain.fullmatch(rule.rule)] == []


def test_a_page_that_is_only_read_takes_no_post(routes: list[Rule]) -> None:
    posted = {rule.rule for rule in routes if "POST" in (rule.methods or ())}
    webhooks = {path for path in PUBLIC if path.startswith(("/voice", "/sms"))}
    assert posted >= webhooks
    assert posted & (PUBLIC - webhooks) == set()
    assert not [
        rule.rule for rule in routes if {"PUT", "DELETE", "PATCH"} & (rule.methods or set())
    ]


# How the code reads ------------------------------------------------------------------------------

MOST_LINES = 25
Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(name: str) -> list[Function]:
    return [node for node in ast.walk(TREES[name]) if isinstance(node, Function)]


def length(function: Function) -> int:
    """Lines of a function without its docstring."""
    lines = (function.end_lineno or 0) - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function) is not None:
        lines -= (first.end_lineno or 0) - first.lineno + 1
    return lines


def test_no_function_is_longer_than_a_screen() -> None:
    lengths = {f"{name}.{f.name}": length(f) for name in MODULES for f in functions(name)}
    assert len(lengths) > 300
    assert {name: lines for name, lines in lengths.items() if lines > MOST_LINES} == {}


def test_a_module_says_what_is_here_in_its_first_line() -> None:
    first = {name: (ast.get_docstring(tree) or "").split("\n")[0] for name, tree in TREES.items()}
    assert {name: line for name, line in first.items() if not line.endswith((".", "?"))} == {}


def public(name: str) -> Iterator[Function]:
    """The functions of a module, and the methods of its public classes, that others may call."""
    for node in TREES[name].body:
        holds = [node]
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            holds = node.body
        for inner in holds:
            if isinstance(inner, Function) and not inner.name.startswith("_"):
                yield inner


def test_every_public_function_says_what_it_promises() -> None:
    # What a migration's functions do is Alembic's to say.
    named = [name for name in MODULES if ".migrations." not in name]
    silent = {name: [f.name for f in public(name) if not ast.get_docstring(f)] for name in named}
    assert {name: functions for name, functions in silent.items() if functions} == {}


def test_nothing_prints_for_the_command_line_writes_with_click() -> None:
    calls = [
        (name, node.func.id)
        for name in MODULES
        for node in ast.walk(TREES[name])
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]
    assert len(calls) > 1000
    assert [name for name, called in calls if called == "print"] == []


# What the README promises ------------------------------------------------------------------------


def commands(text: str) -> list[str]:
    """The commands of this project in the ``` blocks of a text."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.M | re.S)
    rows = [row.strip().removeprefix("$ ") for block in blocks for row in block.splitlines()]
    return [row for row in rows if re.match(r"(make|python -m voice|kypholine) ", row)]


def test_commands_are_found_in_blocks_alone() -> None:
    text = "make it so\n```sh\nmake run\n$ python -m voice talk --play\ncd voice\n```\n`make tea`\n"
    assert commands(text) == ["make run", "python -m voice talk --play"]


def test_every_command_of_the_readme_exists() -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.M)
    for command in commands((ROOT / "README.md").read_text("utf-8")):
        if command.startswith("make "):
            wanted = [word for word in command.split()[1:] if "=" not in word and word[0] != "#"]
            assert set(wanted) <= set(targets), command
        else:
            name, *rest = re.sub(r"^(python -m voice|kypholine) ", "", command).split()
            assert name in main.commands, command
            options = {opt for param in main.commands[name].params for opt in param.opts}
            assert {word for word in rest if word.startswith("--")} <= options, command


def test_every_command_tells_what_it_does() -> None:
    for name, command in main.commands.items():
        assert command.help, name
        assert command.help.split("\n")[0].endswith("."), name
