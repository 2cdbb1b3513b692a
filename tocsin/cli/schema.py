"""`tocsin schema`: the JSON Schema of what Tocsin sends and prints, or the AsyncAPI document of the ways it travels."""

from __future__ import annotations

import argparse
from typing import Any

from tocsin.cli.exits import Exit

NAMES = ("item", "story", "event", "alert", "webhook", "asyncapi")


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("schema", help="the JSON Schema of a value, or the AsyncAPI document", description=__doc__)
    parser.add_argument("name", choices=NAMES, help="webhook is the body of a webhook: an envelope with an alert in it")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    import json

    from tocsin.contract import asyncapi, json_schema

    told = asyncapi() if arguments.name == "asyncapi" else json_schema(arguments.name)
    print(json.dumps(told, indent=2, ensure_ascii=False))
    return Exit.OK
