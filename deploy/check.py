"""Checks every manifest under deploy/ against the published schema of its kind: Compose, Kubernetes, and the files a kustomization names.

    make check-deploy

Runs in an environment of its own (requirements/deploy.txt), since the schemas are large. What has no schema here is named, not passed
over in silence: KEDA's ScaledObject.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import yaml

HERE = Path(__file__).parent
KUBERNETES = "1.33"
"""The oldest version the manifests are for that the validator still knows."""
KUSTOMIZATIONS = ("one-process", "cluster")
UNCHECKED = frozenset({"keda.sh/v1alpha1"})


def main() -> int:
    wrong = [*compose_mistakes(), *kubernetes_mistakes(), *kustomize_mistakes(), *build_mistakes()]
    for line in wrong:
        print(line, file=sys.stderr)
    print(f"deploy: {'checked' if not wrong else f'{len(wrong)} mistakes'}")
    return 1 if wrong else 0


def compose_mistakes() -> Iterator[str]:
    told = subprocess.run(
        [
            str(Path(sys.executable).parent / "check-jsonschema"),
            "--builtin-schema",
            "vendor.compose-spec",
            str(HERE / "compose/compose.yaml"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if told.returncode:
        yield told.stdout + told.stderr


def kubernetes_mistakes() -> Iterator[str]:
    for path, resource in resources():
        version = resource.get("apiVersion", "")
        if version in UNCHECKED:
            print(f"{path.relative_to(HERE)}: {resource['kind']}: no schema here, not checked")
        elif not version.startswith("kustomize."):
            yield from schema_mistakes(f"{path.relative_to(HERE)}", resource)


def schema_mistakes(where: str, resource: dict[str, Any]) -> Iterator[str]:
    try:
        kubernetes_validate.validate(resource, KUBERNETES, strict=True)
    except (kubernetes_validate.ValidationError, kubernetes_validate.SchemaNotFoundError) as error:
        yield f"{where}: {resource.get('kind')}: {error}"


def kustomize_mistakes() -> Iterator[str]:
    """Files that a kustomization names and that are not there. The page's token is not, until somebody deploys."""
    for path, resource in resources():
        if resource["kind"] == "Kustomization":
            made = [one for maker in ("configMapGenerator", "secretGenerator") for one in resource.get(maker, ())]
            named = {*resource["resources"], *(file for one in made for file in one.get("files", ()))}
            for name in sorted(named - {"page-token"}):
                if not (path.parent / name).exists():
                    yield f"{path.relative_to(HERE)}: {name} is not there"


def build_mistakes() -> Iterator[str]:
    """Both kustomizations as kustomize builds them, where it is installed: what comes out must fit the schemas too."""
    kustomize = shutil.which("kustomize")
    if not kustomize:
        print("kustomize is not installed: its builds are not checked")
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "kubernetes"
        shutil.copytree(HERE / "kubernetes", copy)
        for name in KUSTOMIZATIONS:
            (copy / name / "page-token").write_text("0123456789abcdef\n")
            told = subprocess.run([kustomize, "build", str(copy / name)], capture_output=True, text=True, check=False)
            if told.returncode:
                yield f"kubernetes/{name}: kustomize build: {told.stderr.strip()}"
                continue
            built = [one for one in yaml.safe_load_all(told.stdout) if one]
            for resource in built:
                if resource["apiVersion"] not in UNCHECKED:
                    yield from schema_mistakes(f"kubernetes/{name}, built", resource)
            print(f"kubernetes/{name}: {len(built)} resources built")


def resources() -> Iterator[tuple[Path, dict[str, Any]]]:
    for path in sorted((HERE / "kubernetes").rglob("*.yaml")):
        for resource in yaml.safe_load_all(path.read_text("utf-8")):
            yield path, resource


if __name__ == "__main__":
    sys.exit(main())
