"""Alarms and panels ask for what the line tells, each alarm is tried, and the handbook knows it.

promtool, where it is to be had, puts the rules themselves to the test: `make alarms`.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import promql_parser as promql
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from tests import kept
from tests.conftest import ROOT
from tests.replay import opened, settings_in
from tests.test_webhook import raw
from voice.assembly import build
from voice.exchange import Phone, send
from voice.live import Live
from voice.measures import Measures, measures
from voice.release import Release
from voice.store import open_store

DEPLOY = ROOT / "deploy"
URL = "https://line.example"
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
MAIN = "/voice/1/main/en-US/normal/0"
CALL = {"CallSid": "CA1", "From": "+12125550199", "To": "+12125550150"}
TEXT = {"MessageSid": "SM1", "From": "+12125550199", "To": "+12125550150", "Body": "risks"}

OTHERS = {
    "up": {"job"},
    "probe_success": {"job"},
    "probe_ssl_earliest_cert_expiry": {"job"},
    "node_systemd_timer_last_trigger_seconds": {"job", "name"},
    "node_systemd_unit_state": {"job", "name", "state"},
    "node_scrape_collector_success": {"job", "collector"},
    "node_filesystem_avail_bytes": {"job", "device", "fstype", "mountpoint"},
    "node_filesystem_size_bytes": {"job", "device", "fstype", "mountpoint"},
}
"""What Prometheus and the exporters beside the line tell, with their labels."""

Labels = Mapping[str, str]
Series = Mapping[str, list[Labels]]
"""Each metric's name with the labels of every series of it."""


# What the line tells -----------------------------------------------------------------------------


@contextmanager
def line_in(
    folder: Path, release: Release | None, counts: Measures, away: bool = False
) -> Iterator[Phone]:
    """A line that counts; Twilio signs what it is asked."""
    settings = settings_in(folder)
    with opened(settings) as (store, tally):
        (folder / "a file").touch()
        used = open_store(f"sqlite:///{folder}/a file/line.db") if away else store
        live = Live(URL, folder)
        live.release = release
        app = build(settings, used, live, tally, counts, lambda: NOON, lambda: None)
        yield Phone(raw(app), URL, settings.twilio_tokens[0])
        used.close()


def ask(phone: Phone, path: str, fields: Mapping[str, str], **more: str) -> int:
    return send(phone, "POST", URL + path, {**fields, **more}).status


def served(phone: Phone) -> None:
    """Calls, texts and what became of them; some strangers."""
    for pressed in ({}, {"Digits": "7777"}, {"Digits": "1"}):
        assert ask(phone, MAIN, CALL, **pressed) == 200
    assert ask(phone, "/voice/1/text.risks/en-US/normal/0", CALL, Digits="1") == 200
    assert ask(phone, "/sms", TEXT) == 200
    for status in ("delivered", "undelivered", "failed"):
        assert ask(phone, "/sms/status", {"MessageSid": status, "MessageStatus": status}) == 204
    assert ask(phone, "/voice/status", CALL, CallStatus="completed") == 204
    assert ask(replace(phone, token="another"), "/voice", CALL) == 403


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, script: Any) -> Series:
    """Every series of a line that lives through good and bad."""
    counts = measures()
    with line_in(tmp_path_factory.mktemp("well"), kept.served(script, 1, URL), counts) as phone:
        served(phone)
    with line_in(tmp_path_factory.mktemp("bare"), None, counts) as phone:
        assert [ask(phone, "/voice", CALL), ask(phone, "/sms", TEXT)] == [503, 503]
    with line_in(tmp_path_factory.mktemp("away"), None, counts, away=True) as phone:
        for path in ("/voice/status", "/sms/status"):
            ask(phone, path, CALL | TEXT, CallStatus="completed", MessageStatus="sent")
    return series(counts)


def series(counts: Measures) -> Series:
    """Every series that is told."""
    found: dict[str, list[Labels]] = defaultdict(list)
    for family in text_string_to_metric_families(counts.text().decode()):
        for sample in family.samples:
            found[sample.name].append(sample.labels)
    return dict(found)


# What is asked for -------------------------------------------------------------------------------


def rules() -> list[Any]:
    groups = yaml.safe_load((DEPLOY / "alerts.yaml").read_text("utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def targets() -> list[Any]:
    board = json.loads((DEPLOY / "grafana.json").read_text("utf-8"))
    return [target for panel in board["panels"] for target in panel["targets"]]


EXPRESSIONS = [one["expr"] for one in (*rules(), *targets())]


def within(expression: Any) -> Iterator[Any]:
    """Every part of a parsed expression, the largest first."""
    found: list[Any] = []
    promql.walk(expression, lambda part: bool(found.append(part)) or True)
    return iter(found)


def selectors(expression: Any) -> list[Any]:
    """What a parsed expression takes from Prometheus."""
    parts = within(expression)
    chosen = [getattr(part, "vector_selector", part) for part in parts]
    return [part for part in chosen if isinstance(part, promql.VectorSelector)]


def choices(pattern: str) -> list[str]:
    """The patterns that one with alternatives stands for."""
    inner = re.search(r"\(([^()]*)\)", pattern)
    if inner is None:
        return pattern.split("|")
    parts = inner[1].split("|")
    return [one for part in parts for one in choices(pattern.replace(inner[0], part, 1)) if one]


def fits(matcher: Any, labels: Labels) -> bool:
    """Whether a series' label is as a selector wants it."""
    found = labels.get(matcher.name, "")
    if matcher.op in (promql.MatchOp.Re, promql.MatchOp.NotRe):
        met = re.fullmatch(matcher.value, found) is not None
    else:
        met = found == matcher.value
    return met is (matcher.op in (promql.MatchOp.Equal, promql.MatchOp.Re))


def unmet(selector: Any, told: Series) -> list[str]:
    """The values of a selector for which no series of the line is, with all it asks for."""
    asked = list(selector.matchers.matchers)
    missing = (
        [str(selector)] if not any(_all(asked, one) for one in told.get(selector.name, [])) else []
    )
    for matcher in asked:
        others = [one for one in asked if one is not matcher]
        values = choices(matcher.value) if matcher.op == promql.MatchOp.Re else []
        for value in values:
            one_of = promql.Matcher(promql.MatchOp.Re, matcher.name, value)
            if not any(_all([*others, one_of], series) for series in told.get(selector.name, [])):
                missing.append(f"{selector.name}: {matcher.name}={value}")
    return missing


def _all(matchers: list[Any], labels: Labels) -> bool:
    return all(fits(matcher, labels) for matcher in matchers)


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_each_alarm_and_panel_asks_for_series_that_the_line_tells(
    expression: str, told: Series
) -> None:
    chosen = selectors(promql.parse(expression))
    assert chosen
    for selector in chosen:
        if selector.name in OTHERS:
            names = {matcher.name for matcher in selector.matchers.matchers}
            assert names <= OTHERS[selector.name], str(selector)
        else:
            assert unmet(selector, told) == []


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_nothing_is_summed_by_a_label_that_is_not_there(expression: str, told: Series) -> None:
    for part in within(promql.parse(expression)):
        by = getattr(part, "modifier", None) if isinstance(part, promql.AggregateExpr) else None
        for selector in selectors(part) if by else []:
            there = {name for series in told.get(selector.name, []) for name in series}
            assert set(by.labels) <= there | {"instance"}, str(part)


def test_a_selector_of_what_is_never_told_is_found(told: Series) -> None:
    """The tests above would notice: a status, an endpoint, one of two alternatives, a name."""
    for wrong in (
        'kypholine_requests_total{endpoint="webhook.voice",status="504"}',
        'kypholine_requests_total{endpoint="voice",status="503"}',
        'kypholine_requests_total{endpoint=~"webhook[.](voice|call)_status"}',
        'kypholine_deliveries_total{kind="text"}',
        "kypholine_request_total",
    ):
        assert unmet(promql.parse(wrong), told), wrong
    with pytest.raises(ValueError, match="parenthesis"):
        promql.parse("sum(rate(kypholine_requests_total[5m])")


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_what_an_alarm_rings_for_is_told_before_it_first_happens(rule: Any) -> None:
    """In a count that Prometheus never saw before it sees no growth, and the first goes unheard."""
    untouched = series(measures())
    for selector in selectors(promql.parse(rule["expr"])):
        names = {matcher.name for matcher in selector.matchers.matchers}
        if selector.name not in OTHERS and names & {"channel", "kind", "outcome", "status"}:
            assert unmet(selector, untouched) == []


# The handbook, and the alarms' own tests ---------------------------------------------------------


def test_every_alarm_says_what_to_do_and_stands_in_the_handbook() -> None:
    handbook = (ROOT / "docs" / "operations.md").read_text("utf-8")
    paging = re.search(r"Those that page someone: ([\w, \n]+)\.", handbook)
    assert paging
    pages = {rule["alert"] for rule in rules() if rule["labels"]["severity"] == "page"}
    assert set(re.findall(r"\w+", paging[1])) == pages
    for rule in rules():
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert rule["annotations"]["summary"]
        assert f"### {rule['alert']}\n" in handbook
        anchor = f"docs/operations.md#{rule['alert'].lower()}"
        assert rule["annotations"]["runbook"] == anchor


def test_every_metric_stands_in_the_handbook(told: Series) -> None:
    handbook = (ROOT / "docs" / "operations.md").read_text("utf-8")
    for name in {re.sub("_(bucket|count|sum|created)$", "", name) for name in told}:
        tail = name.removeprefix("kypholine_call_backs_")
        assert f"`{name}" in handbook or f"`…_{tail}`" in handbook, name


def tried() -> list[Any]:
    """The alarms' own tests."""
    files = [yaml.safe_load(file.read_text("utf-8")) for file in DEPLOY.glob("alerts*_test.yaml")]
    return [test for file in files for test in file["tests"]]


def test_every_alarm_is_tried_where_it_rings_and_where_it_does_not() -> None:
    cases = [case for test in tried() for case in test["alert_rule_test"]]
    rings = {case["alertname"] for case in cases if case.get("exp_alerts")}
    quiet = {case["alertname"] for case in cases if not case.get("exp_alerts")}
    names = {rule["alert"] for rule in rules()}
    assert (names - rings, names - quiet, (rings | quiet) - names) == (set(), set(), set())


def test_the_alarms_tests_are_fed_with_series_that_the_line_tells(told: Series) -> None:
    for given in [row["series"] for test in tried() for row in test["input_series"]]:
        selector = promql.parse(given)
        labels = {one.name: one.value for one in selector.matchers.matchers}
        if selector.name in OTHERS:
            assert set(labels) <= OTHERS[selector.name] | {"instance"}, given
        else:
            there = {frozenset(series) for series in told.get(selector.name, [])}
            assert frozenset(set(labels) - {"instance"}) in there, given
