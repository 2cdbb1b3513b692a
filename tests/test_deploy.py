"""What deploy/ says is true of the product: its commands exist, its units verify, its configurations load."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tocsin.cli.main import build_parser
from tocsin.settings import load_settings

DEPLOY = Path(__file__).parent.parent / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
CONFIGURATIONS = sorted(DEPLOY.rglob("*.toml"))


def commands():
    compose = yaml.safe_load((DEPLOY / "compose/compose.yaml").read_text())
    for name, service in compose["services"].items():
        if service.get("image") == "tocsin:local":
            yield f"compose: {name}", service["command"]
    for path in sorted((DEPLOY / "kubernetes").rglob("*.yaml")):
        for written in re.findall(r"args(?:, value)?: \[([^\]]+)\]", path.read_text()):
            yield f"kubernetes: {path.parent.name}/{path.name}", written.split(", ")


@pytest.mark.parametrize(("where", "command"), [pytest.param(*case, id=case[0]) for case in commands()])
def test_a_command_of_the_manifests_is_one_of_tocsin(where, command):
    build_parser().parse_args(command)


@pytest.mark.parametrize("file", CONFIGURATIONS, ids=lambda path: str(path.relative_to(DEPLOY)))
def test_a_shipped_configuration_is_accepted(file):
    load_settings(file, {})


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not on this machine")
@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
class TestUnit:
    def test_systemd_takes_it_as_it_is(self, unit, tmp_path):
        # The product is not installed under /opt here: a program that is stands for it.
        tried = tmp_path / unit.name.replace("@", "@one")
        tried.write_text(
            unit.read_text().replace("/opt/tocsin/bin/tocsin", "/bin/true").replace("/etc/tocsin/roles/", "-/etc/tocsin/roles/")
        )
        done = subprocess.run(["systemd-analyze", "verify", tried], capture_output=True, text=True, timeout=60)
        assert (done.returncode, done.stderr) == (0, "")

    def test_it_exposes_little(self, unit):
        done = subprocess.run(
            ["systemd-analyze", "security", "--offline=yes", "--threshold=15", "--no-pager", unit],
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stdout[-400:]
