"""The board and the alarms rest on metrics that exist, with the labels they have; promtool finds the rules right and their tests pass."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from contextlib import closing
from pathlib import Path

import pytest
import yaml

from tests.values import NOON, alert
from tocsin.gauges import StoreGauges
from tocsin.metrics import Metrics
from tocsin.store import Store

ROOT = Path(__file__).parent.parent
DOCS = (ROOT / "docs" / "operations.md").read_text("utf-8")
PROMETHEUS = ROOT / "deploy" / "prometheus"
BOARD = json.loads((ROOT / "deploy" / "grafana" / "boards" / "tocsin.json").read_text("utf-8"))
RULES = [rule for group in yaml.safe_load((PROMETHEUS / "alerts.yml").read_text("utf-8"))["groups"] for rule in group["rules"]]
EXPRESSIONS = {f"alarm {rule['alert']}": rule["expr"] for rule in RULES} | {
    f"panel {panel['title']} {target['refId']}": target["expr"] for panel in BOARD["panels"] for target in panel.get("targets", ())
}
OF_THE_SCRAPE = {"instance", "job", "le"}


@pytest.fixture(scope="module")
def known(tmp_path_factory):
    """Every series there is, with its labels."""
    folder = tmp_path_factory.mktemp("metrics")
    metrics = Metrics()
    with closing(Store(folder / "tocsin.db")) as store:
        store.add_alert(alert(), ["desk"])
        with closing(StoreGauges(store, folder, lambda: NOON)) as gauges:
            metrics.add(gauges)
            families = list(metrics.registry.collect())
    told = {"up": set()}
    for family in families:
        declared = getattr(metrics.registry._names_to_collectors.get(family.name), "_labelnames", ())
        labels = {*declared, *(label for sample in family.samples for label in sample.labels)}
        suffixes = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"]}.get(family.type, [""])
        told |= {family.name + suffix: labels for suffix in suffixes}
    return told


@pytest.mark.parametrize("where", EXPRESSIONS)
def test_every_metric_of_the_board_and_the_alarms_exists_with_its_labels(known, where):
    expression = re.sub(r"\[[^\]]*\]", "", EXPRESSIONS[where])
    used = re.findall(r"\b((?:tocsin|process)_\w+|up)\b(?:\{([^}]*)\})?", expression)
    assert used
    for name, matchers in used:
        assert name in known
        assert set(re.findall(r"(\w+)\s*[=!]~?\"", matchers)) <= known[name] | OF_THE_SCRAPE, name
    for grouping in re.findall(r"\bby \(([^)]*)\)", expression):
        assert {label.strip() for label in grouping.split(",")} <= known[used[0][0]] | OF_THE_SCRAPE


def test_every_metric_is_documented(known):
    names = {re.sub(r"_(bucket|sum|count)$", "", name) for name in known if name.startswith("tocsin_")}
    shortened = {"tocsin_time_to_alert_from_fetched_seconds", "tocsin_time_to_alert_from_processed_seconds"}
    shortened |= {"tocsin_outbox_held", "tocsin_outbox_dead"}
    assert [name for name in sorted(names - shortened) if f"`{name}`" not in DOCS] == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_every_alarm_says_what_to_do_and_is_tested(rule):
    assert f"\n### {rule['alert']}\n" in DOCS
    assert rule["annotations"]["runbook"] == f"docs/operations.md#{rule['alert'].lower()}"
    assert f"alertname: {rule['alert']}" in (PROMETHEUS / "alerts.test.yml").read_text("utf-8")


def test_the_panels_have_ids_of_their_own_and_ask_the_source_that_is_provided():
    ids = [panel["id"] for panel in BOARD["panels"]]
    assert len(set(ids)) == len(ids)
    (source,) = yaml.safe_load((ROOT / "deploy/grafana/provisioning/datasources/prometheus.yaml").read_text("utf-8"))["datasources"]
    assert {panel["datasource"]["uid"] for panel in BOARD["panels"] if "datasource" in panel} == {source["uid"]}


@pytest.mark.parametrize("command", ["check rules alerts.yml", "check config prometheus.yml", "test rules alerts.test.yml"])
def test_promtool_finds_them_right(command):
    if not shutil.which("promtool"):
        if os.environ.get("TOCSIN_REQUIRE_SERVICES"):
            pytest.fail("promtool is not installed (Debian: prometheus)")
        pytest.skip("promtool is not installed (Debian: prometheus)")
    done = subprocess.run(["promtool", *command.split()], cwd=PROMETHEUS, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
