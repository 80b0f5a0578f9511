"""Alerts, dashboard and runbook say true things: metrics that exist, rules that fire, links that lead somewhere."""

from __future__ import annotations

import itertools
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import redis
import yaml

from router.journal import Journal
from router.keys import Keys
from workers.metrics.exporter import HouseCollector
from workers.metrics.families import COUNTERS, HISTOGRAMS

ROOT = Path(__file__).parents[2]
RULES = ROOT / "config" / "prometheus" / "alerts.yml"
ALERTS: list[dict[str, Any]] = yaml.safe_load(RULES.read_text())["groups"][0]["rules"]
DASHBOARD: dict[str, Any] = json.loads((ROOT / "config/grafana/dashboards/pointsman.json").read_text())
PANELS: list[dict[str, Any]] = DASHBOARD["panels"]
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text()
METRICS = (ROOT / "docs" / "metrics.md").read_text()
PROMTOOL = shutil.which("promtool")
needs_promtool = pytest.mark.skipif(PROMTOOL is None, reason="needs promtool: on Debian apt-get install prometheus")


@pytest.fixture(scope="module")
def names(valkey: Any) -> set[str]:  # noqa: ANN401 - the server's class is the tests' own
    """Every metric that the exporter tells, with those that only an event brings, and the samples of histograms."""
    client: redis.Redis = valkey.client()
    told = {family.name for family in HouseCollector(Journal(client, Keys("pointsman"))).collect()}
    client.close()
    counters = {f"{metric}_total" for metric, *_ in COUNTERS.values()}
    parts = {f"{metric}_{part}" for metric, *_ in HISTOGRAMS.values() for part in ("bucket", "sum", "count")}
    return (told - {metric for metric, *_ in COUNTERS.values()}) | counters | parts


def used(expression: str) -> set[str]:
    return set(re.findall(r"\bpointsman_\w+", expression))


def expressions() -> list[str]:
    queries = [target["expr"] for panel in PANELS for target in panel.get("targets", [])]
    return queries + [variable["definition"] for variable in DASHBOARD["templating"]["list"]]


def test_alerts_and_dashboard_ask_for_metrics_that_exist(names: set[str]) -> None:
    asked = set().union(*(used(each["expr"]) for each in ALERTS), *map(used, expressions()))
    assert asked - names == set()
    assert len(asked) > 20


def test_every_metric_is_explained(names: set[str]) -> None:
    explained = set(re.findall(r"`(pointsman_\w+)`", METRICS))
    histograms = {metric for metric, *_ in HISTOGRAMS.values()}
    told = {name for name in names if not any(name.startswith(f"{metric}_") for metric in histograms)} | histograms
    assert explained == told


def test_every_alert_has_its_entry_in_the_runbook_and_none_is_left_over() -> None:
    headings = re.findall(r"^## (\w+)$", RUNBOOK, re.MULTILINE)
    assert headings == [each["alert"] for each in ALERTS]
    for each in ALERTS:
        assert each["annotations"]["runbook"] == f"docs/runbook.md#{each['alert'].lower()}"
        assert each["labels"]["severity"] in ("page", "warn")
    for entry in re.split(r"^## ", RUNBOOK, flags=re.MULTILINE)[1:]:
        assert re.findall(r"\*\*(Means|Check|Do):\*\*", entry) == ["Means", "Check", "Do"], entry[:30]


def test_no_two_panels_overlap_and_each_has_its_own_number() -> None:
    assert len({panel["id"] for panel in PANELS}) == len(PANELS)
    cells = [cell for panel in PANELS for cell in cells_of(panel["gridPos"])]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24


def cells_of(place: dict[str, int]) -> list[tuple[int, int]]:
    return list(
        itertools.product(range(place["x"], place["x"] + place["w"]), range(place["y"], place["y"] + place["h"]))
    )


def test_the_dashboard_asks_the_data_source_that_is_provisioned() -> None:
    file = ROOT / "config/grafana/provisioning/datasources/prometheus.yml"
    (source,) = yaml.safe_load(file.read_text())["datasources"]
    asked = {target["datasource"]["uid"] for panel in PANELS for target in panel.get("targets", [])}
    assert asked == {source["uid"]}


def promtool(*argv: str | Path) -> subprocess.CompletedProcess[str]:
    assert PROMTOOL is not None
    return subprocess.run([PROMTOOL, *argv], capture_output=True, text=True, check=False)


@needs_promtool
def test_prometheus_takes_the_rules_and_each_fires_when_it_should(tmp_path: Path) -> None:
    stories = (ROOT / "tests/monitoring/alerts.test.yml").read_text().replace("RULES", str(RULES))
    (tmp_path / "stories.yml").write_text(stories)
    done = promtool("test", "rules", tmp_path / "stories.yml")
    assert done.returncode == 0, done.stdout + done.stderr


@needs_promtool
def test_prometheus_understands_every_query_of_the_dashboard(tmp_path: Path) -> None:
    """As recording rules, since that is what promtool checks."""
    queries = [each for each in expressions() if not each.startswith("label_values")]
    plain = [each.replace("$__rate_interval", "1m").replace("$", "") for each in queries]
    rules = [{"record": f"panel_{number}", "expr": each} for number, each in enumerate(plain)]
    (tmp_path / "rules.yml").write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    done = promtool("check", "rules", tmp_path / "rules.yml")
    assert done.returncode == 0, done.stdout + done.stderr


@needs_promtool
def test_prometheus_takes_its_configuration(tmp_path: Path) -> None:
    text = (ROOT / "config/prometheus/prometheus.yml").read_text()
    (tmp_path / "prometheus.yml").write_text(text.replace("/etc/prometheus/alerts.yml", str(RULES)))
    done = promtool("check", "config", tmp_path / "prometheus.yml")
    assert done.returncode == 0, done.stdout + done.stderr


@needs_promtool
@pytest.mark.processes
def test_what_is_told_is_in_good_form(redis_client: redis.Redis) -> None:
    """Promtool's own lint: names, help, units."""
    from prometheus_client import CollectorRegistry, generate_latest  # noqa: PLC0415

    registry = CollectorRegistry(auto_describe=False)
    registry.register(HouseCollector(Journal(redis_client, Keys("pointsman"))))
    assert PROMTOOL is not None
    text = generate_latest(registry)
    done = subprocess.run([PROMTOOL, "check", "metrics"], input=text, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b""), done
