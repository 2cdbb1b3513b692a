"""The two pages of the documentation that are written by the program: every setting from its class, every command from its parser.

A hook of mkdocs (see mkdocs.yml), so that they are as true as the code they were built from.
`python docs/site/reference.py settings|commands` prints one.
"""

from __future__ import annotations

import argparse
import ast
import inspect
import sys
import textwrap
from collections.abc import Iterator
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from tocsin.cli.main import build_parser
from tocsin.settings import Settings


def settings_page() -> str:
    lines = [
        "# Settings",
        "",
        "`tocsin.toml` where Tocsin is started, or the file `--config` names. Any key is overridden by the environment:",
        "`TOCSIN__FETCH__USER_AGENT` is `[fetch] user_agent`. Lists and tables are written as JSON there.",
        'A value of time is seconds, or ISO 8601 (`"P30D"`).',
        "`tocsin check` says what is wrong, with file, line, key and remedy.",
        "",
    ]
    for name, field in Settings.model_fields.items():
        lines += _section(f"[{name}]", name, field) if models(field.annotation) else _top(name, field)
    return "\n".join(lines) + "\n"


def _top(name: str, field: FieldInfo) -> list[str]:
    return ["## At the top of the file", "", *_table([(name, field, docs_of(Settings).get(name, ""))]), ""]


def _section(title: str, path: str, field: FieldInfo) -> list[str]:
    lines = [f"## `{title}`", ""]
    for model in models(field.annotation):
        lines += _model(path, model, titled=len(models(field.annotation)) > 1)
    return lines


def _model(path: str, model: type[BaseModel], *, titled: bool) -> list[str]:
    kind = model.model_fields["type"].default if "type" in model.model_fields else ""
    lines = [f'### `type = "{kind}"`' if kind else f"### `[{path}]`", ""] if titled else []
    lines += [first_paragraph(model), ""]
    docs = docs_of(model)
    plain = [(name, field, docs.get(name, "")) for name, field in model.model_fields.items() if not models(field.annotation)]
    lines += [*_table(plain), ""] if plain else []
    for name, field in model.model_fields.items():
        for below in models(field.annotation):
            if below is not model:
                lines += [f"#### `{name}` of `{path}`", "", docs.get(name, ""), "", *_model(f"{path}.{name}", below, titled=False)]
            else:
                lines += [f"`{name}`: {docs.get(name, '') or 'the same, nested'}", ""]
    return lines


def _table(rows: list[tuple[str, FieldInfo, str]]) -> list[str]:
    out = ["| key | default | what it is |", "|---|---|---|"]
    for name, field, told in rows:
        default = "required" if field.is_required() else f"`{_written(field.get_default(call_default_factory=True))}`"
        out.append(f"| `{name}` | {default} | {' '.join(told.split()).replace('|', chr(92) + '|')} |")
    return out


def _written(value: object) -> str:
    if value is None:
        return "-"
    if hasattr(value, "total_seconds"):
        return f"{value.total_seconds():g} s"
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def models(kind: Any) -> list[type[BaseModel]]:
    """The settings classes an annotation is made of."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return [kind]
    if get_origin(kind) is dict:
        return models(get_args(kind)[1])
    if get_origin(kind) in (Union, list, tuple) or type(kind).__name__ in ("UnionType", "_AnnotatedAlias"):
        return [model for part in get_args(kind) for model in models(part)]
    return []


def first_paragraph(model: type[BaseModel]) -> str:
    return " ".join(inspect.cleandoc(model.__doc__ or "").split("\n\n")[0].split())


def docs_of(model: type[BaseModel]) -> dict[str, str]:
    """The sentence under each field, as it stands in the source."""
    told: dict[str, str] = {}
    for above in reversed([one for one in model.__mro__ if issubclass(one, BaseModel) and one is not BaseModel]):
        body = ast.parse(textwrap.dedent(inspect.getsource(above))).body[0]
        assert isinstance(body, ast.ClassDef)
        for field, after in zip(body.body, body.body[1:], strict=False):
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(after, ast.Expr):
                value = after.value
                if isinstance(value, ast.Constant) and isinstance(value.value, str):
                    told[field.target.id] = value.value
    return told


def commands_page() -> str:
    lines = ["# Commands", "", "Data goes to standard output, everything else to standard error.", ""]
    for path, parser in parsers(build_parser(), "tocsin"):
        if path == "tocsin":
            continue
        lines += [f"## `{path}`", "", " ".join((parser.description or "").split()), "", "```text", usage(parser), "```", ""]
        rows = [(option(action), " ".join((action.help or "").split())) for action in parser._actions if shown(action)]  # noqa: SLF001 -- argparse has no other way
        if rows:
            lines += ["| argument | what it does |", "|---|---|", *(f"| `{name}` | {told} |" for name, told in rows), ""]
    return "\n".join(lines) + "\n"


def usage(parser: argparse.ArgumentParser) -> str:
    return " ".join(parser.format_usage().removeprefix("usage: ").split())


def shown(action: argparse.Action) -> bool:
    return not isinstance(action, argparse._SubParsersAction | argparse._HelpAction) and action.help != argparse.SUPPRESS  # noqa: SLF001


def option(action: argparse.Action) -> str:
    name = ", ".join(action.option_strings) or (action.metavar if isinstance(action.metavar, str) else action.dest)
    takes = action.metavar or action.dest.upper()
    return f"{name} {takes}" if action.option_strings and action.nargs != 0 else name


def parsers(parser: argparse.ArgumentParser, path: str) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Every command with its parser, groups before their members."""
    yield path, parser
    for action in parser._actions:  # noqa: SLF001
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            for name, below in action.choices.items():
                yield from parsers(below, f"{path} {name}")


def on_files(files: Any, config: Any) -> Any:
    """The hook: puts both pages among the files of the site."""
    from mkdocs.structure.files import File

    for name, page in (("settings.md", settings_page), ("commands.md", commands_page)):
        files.append(File.generated(config, name, content=page()))
    return files


if __name__ == "__main__":
    print({"settings": settings_page, "commands": commands_page}[sys.argv[1]]())
