"""Runs the steps of deploy/Dockerfile one by one in a clean Debian root, where there is no Docker engine; then tries what was built.

    sudo python deploy/try_image.py [--keep FOLDER]

Needs root and debootstrap. `FROM python:3.13-slim-trixie` becomes a debootstrapped trixie with its own Python 3.13; every RUN is run in
it by chroot, every COPY copies. What was built is then tried as the image would run: as its user, with the root mounted read-only.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
SOURCE = HERE.parent
PACKAGES = "python3,python3-venv,ca-certificates"
PASSED_ON = ("PIP_INDEX_URL", "PIP_TRUSTED_HOST", "PIP_CERT", "SSL_CERT_FILE", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
"""Of the environment, what a build needs to reach the package index from where it runs."""


class Stage:
    """One stage of the build: a root of its own, and what the instructions before set in it."""

    def __init__(self, root: Path) -> None:
        self.root, self.folder, self.user, self.environment = root, "/", "0:0", dict[str, str]()

    def run(self, command: list[str], *, read_only: bool = False) -> None:
        """A command in the root; the network is the machine's."""
        environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/tmp", **self.environment}  # noqa: S108 -- a root of its own
        enter = f"mount --bind {self.root} {self.root} && mount -t proc proc {self.root}/proc && mount --bind /dev {self.root}/dev && "
        if read_only:
            enter += f"mount -t tmpfs -o mode=0777 tmpfs {self.root}/var/lib/tocsin && mount -o remount,ro,bind {self.root} && "
        told = " ".join(f"{name}={shlex.quote(value)}" for name, value in environment.items())
        inside = f"cd {self.folder} && exec env -i {told} {shlex.join(command)}"
        whole = f"{enter} exec chroot --userspec={self.user} {self.root} /bin/sh -c {shlex.quote(inside)}"
        subprocess.run(["unshare", "--mount", "sh", "-ec", whole], check=True)


def instructions(text: str) -> Iterator[tuple[str, str]]:
    """The instructions of a Dockerfile, lines joined, comments left out."""
    held = ""
    for line in text.splitlines():
        if line.startswith("#") or not (held or line.strip()):
            continue
        held += line.removesuffix("\\")
        if not line.endswith("\\"):
            name, _, rest = held.strip().partition(" ")
            yield name, rest.strip()
            held = ""


def build(work: Path) -> Stage:
    """The last stage, with all its steps done."""
    base = work / "base"
    subprocess.run(
        ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", "trixie", str(base)], check=True, stdout=subprocess.DEVNULL
    )
    certificates = os.environ.get("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt")
    for file in ("/etc/resolv.conf", "/etc/hosts", "/etc/pip.conf", certificates):
        if Path(file).exists():
            shutil.copy(file, base / file.lstrip("/"))
    stages: dict[str, Stage] = {}
    stage = Stage(base)
    for name, rest in instructions((HERE / "Dockerfile").read_text("utf-8")):
        print(f"{name} {rest}"[:140], flush=True)
        if name == "FROM":
            called = rest.partition(" AS ")[2] or "last"
            subprocess.run(["cp", "-a", str(base), str(work / called)], check=True)
            stage = stages[called] = Stage(work / called)
            stage.environment |= {key: os.environ[key] for key in PASSED_ON if key in os.environ} if called != "last" else {}
        elif name == "ENV":
            for setting in shlex.split(rest):
                key, _, value = setting.partition("=")
                stage.environment[key] = value.replace("$PATH", "/usr/local/bin:/usr/bin:/bin")
        elif name == "WORKDIR":
            stage.folder = rest
            (stage.root / rest.lstrip("/")).mkdir(parents=True, exist_ok=True)
        elif name == "USER":
            stage.user = rest
        elif name == "COPY":
            copy(stage, stages, rest.split())
        elif name == "RUN":
            stage.run(["/bin/sh", "-ec", rest])
        elif name not in {"ARG", "LABEL", "VOLUME", "STOPSIGNAL", "HEALTHCHECK", "ENTRYPOINT", "CMD"}:
            raise SystemExit(f"deploy/Dockerfile: {name}: this script does not know the instruction; teach it")
    return stage


def copy(stage: Stage, stages: dict[str, Stage], words: list[str]) -> None:
    source = stages[words.pop(0).removeprefix("--from=")].root if words[0].startswith("--from=") else SOURCE
    *names, to = words
    target = stage.root / (to if to.startswith("/") else f"{stage.folder}/{to}").lstrip("/")
    for name in names:
        found = source / name.lstrip("/")
        if found.is_dir():
            shutil.copytree(found, target, symlinks=True, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            target.mkdir(parents=True, exist_ok=True)
            shutil.copy(found, target)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keep", type=Path, help="build here and leave it there")
    arguments = parser.parse_args()
    if os.geteuid() != 0:
        print("try_image: needs root, for chroot", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        stage = build(arguments.keep or Path(folder))
        product = sum(file.lstat().st_size for file in (stage.root / "opt/tocsin").rglob("*"))
        print(f"/opt/tocsin: {product / 1e6:.0f} MB beside the base image")
        for words in (["--version"], ["check"], ["score"]):
            print("tocsin", *words, flush=True)
            stage.run(["tocsin", *words], read_only=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
