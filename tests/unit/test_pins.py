"""The pinned packages are those that pyproject.toml asks for, each with its hashes and none with an address."""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
RUN, DEV = "constraints.txt", "constraints-dev.txt"
RUN_EXTRAS = ("worker", "local", "monitor", "keyring")
OURS = PROJECT["project"]["name"]
ENVIRONMENTS = [
    {
        "python_version": version,
        "python_full_version": f"{version}.9",
        "sys_platform": system,
        "platform_machine": machine,
    }
    for version in ("3.11", "3.12", "3.13")
    for system, machine in (("linux", "x86_64"), ("linux", "aarch64"), ("darwin", "arm64"), ("darwin", "x86_64"))
]


def pins(file: str) -> list[tuple[Requirement, list[str]]]:
    """Each pin with its hashes."""
    logical = re.sub(r"\\\n", " ", (ROOT / file).read_text())
    lines = [line for line in logical.splitlines() if line and not line.startswith("#")]
    return [(Requirement(re.split(r"\s+--hash=", line)[0]), re.findall(r"--hash=(\S+)", line)) for line in lines]


def asked_for(*extras: str) -> list[Requirement]:
    """What pyproject.toml asks for, its own extras resolved, with what builds it."""
    project = PROJECT["project"]
    texts = [*PROJECT["build-system"]["requires"], *project["dependencies"]]
    for extra in extras:
        texts += project["optional-dependencies"][extra]
    found = []
    for requirement in map(Requirement, texts):
        found += asked_for(*sorted(requirement.extras)) if requirement.name == OURS else [requirement]
    return found


def versions(file: str, environment: dict[str, str]) -> dict[str, list[str]]:
    found = defaultdict(list)
    for pin, _hashes in pins(file):
        if pin.marker is None or pin.marker.evaluate(environment):
            found[canonicalize_name(pin.name)].append(next(iter(pin.specifier)).version)
    return found


@pytest.mark.parametrize(
    "environment", ENVIRONMENTS, ids=lambda e: "-".join((e["python_version"], e["sys_platform"], e["platform_machine"]))
)
@pytest.mark.parametrize(("file", "extras"), [(RUN, RUN_EXTRAS), (DEV, ("dev",))], ids=[RUN, DEV])
def test_what_is_asked_for_is_pinned_once_and_in_range(
    file: str, extras: tuple[str, ...], environment: dict[str, str]
) -> None:
    pinned = versions(file, environment)
    for requirement in asked_for(*extras):
        if requirement.marker is not None and not requirement.marker.evaluate(environment):
            continue
        found = pinned.get(canonicalize_name(requirement.name), [])
        assert len(found) == 1, f"{requirement.name} is pinned {len(found)} times in {file}: run make lock"
        assert requirement.specifier.contains(found[0]), (
            f"{requirement} is pinned to {found[0]} in {file}: run make lock"
        )


@pytest.mark.parametrize(
    "environment", ENVIRONMENTS, ids=lambda e: "-".join((e["python_version"], e["sys_platform"], e["platform_machine"]))
)
def test_tests_run_with_the_versions_that_are_shipped(environment: dict[str, str]) -> None:
    run, dev = versions(RUN, environment), versions(DEV, environment)
    assert {name: dev.get(name) for name in run} == run


@pytest.mark.parametrize("file", [RUN, DEV])
def test_every_pin_is_exact_and_hashed(file: str) -> None:
    for pin, hashes in pins(file):
        assert [specifier.operator for specifier in pin.specifier] == ["=="], str(pin)
        assert pin.url is None
        assert hashes, f"{pin.name} has no hash"
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", one) for one in hashes), pin.name


@pytest.mark.parametrize("file", [RUN, DEV])
def test_no_line_names_an_index(file: str) -> None:
    text = (ROOT / file).read_text()
    assert "://" not in text
    assert not re.search(r"^\s*(-i|-f|--(extra-)?index-url|--find-links|--trusted-host)\b", text, re.MULTILINE)


def test_every_dependency_has_its_reason_in_the_documentation() -> None:
    page = (ROOT / "docs" / "dependencies.md").read_text()
    named = {canonicalize_name(name) for name in re.findall(r"^\| `([^`\[]+)(?:\[[^`]*)?` \|", page, re.MULTILINE)}
    assert named == {canonicalize_name(requirement.name) for requirement in asked_for("dev")}
