"""The documentation is true: its commands are commands of Tocsin, its configurations load, its links lead somewhere, and it builds."""

import importlib.util
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tocsin.cli.main import build_parser
from tocsin.settings import Settings

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "ARCHITECTURE.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
NO_CONFIGURATION = ("[classes]", "[[act]]")
"""How blocks of TOML begin that are lexicon files."""


def blocks(language):
    for page in PAGES:
        for number, block in enumerate(
            re.findall(rf"^```{language}\n(.*?)^```", page.read_text("utf-8"), re.DOTALL | re.MULTILINE), start=1
        ):
            yield pytest.param(block, id=f"{page.name}-{number}")


def names_below(route):
    """The sinks that a route and those under it lead to."""
    yield from route.get("sinks", ())
    for below in route.get("routes", ()):
        yield from names_below(below)


def commands(block):
    for line in block.replace("\\\n", " ").splitlines():
        if found := re.match(r"\s*(?:[A-Z_]+=\S+ )*(?:\.venv/bin/)?tocsin\s+(.*)", line):
            yield [word.strip("'\"") for word in re.split(r"\s[#|<>&]", found.group(1))[0].split()]


@pytest.mark.parametrize("block", list(blocks("sh")))
def test_every_command_in_the_documentation_is_one(block):
    for command in commands(block):
        build_parser().parse_args(command)


@pytest.mark.parametrize("block", list(blocks("toml")))
def test_every_configuration_in_the_documentation_loads(block):
    if not block.lstrip().startswith(NO_CONFIGURATION):
        told = tomllib.loads(block)
        routing = told.get("routing", {})
        named = set(names_below(routing))
        told["sinks"] = {name: {"type": "console"} for name in named} | told.get("sinks", {})
        Settings.model_validate(told)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_between_the_pages_leads_somewhere(page):
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text("utf-8")):
        if not re.match(r"[a-z]+:", target):
            assert (page.parent / target).exists() or target in {"settings.md", "commands.md"}, target


def test_the_site_builds_strictly(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--site-dir", tmp_path / "site"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "same_act_hours" in (tmp_path / "site/settings.html").read_text()
    assert "tocsin replay" in (tmp_path / "site/commands.html").read_text()


def test_every_setting_has_its_sentence():
    reference = module_of(ROOT / "docs/site/reference.py")
    missing = [f"{model.__name__}.{name}" for model in every_model(reference, Settings) for name in untold(reference, model)]
    assert missing == []


def module_of(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def every_model(reference, model, met=None):
    """A settings class and all below it, each once."""
    met = {} if met is None else met
    if model not in met:
        met[model] = True
        for field in model.model_fields.values():
            for below in reference.models(field.annotation):
                every_model(reference, below, met)
    return list(met)


def untold(reference, model):
    """The fields of a class that nothing is said of; `type` says itself, and a section is told by its class."""
    told = reference.docs_of(model)
    return [
        name
        for name, field in model.model_fields.items()
        if name != "type" and not told.get(name) and not reference.models(field.annotation)
    ]
