"""`tocsin health`: does the service that runs under this configuration make progress? For supervisors of containers; 0 yes, 69 no."""

from __future__ import annotations

import argparse
import json
from typing import Any

from tocsin.cli.exits import CommandError, Exit
from tocsin.cli.options import add_config, settings_of

SECONDS = 4
"""How long an answer may take; a container's supervisor gives the whole command five."""


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("health", help="whether the running service makes progress, for supervisors", description=__doc__)
    add_config(parser)
    parser.add_argument("--ready", action="store_true", help="whether it is ready too: feeds were asked, sinks answer")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from tocsin.monitor import OFF, split_address

    listen = settings_of(arguments).monitor.listen
    if listen == OFF:
        raise CommandError('monitor.listen is "off": nobody answers; give it an address', Exit.CONFIG)
    host, port = split_address(listen)
    status, told = ask(reachable(host), port, "/-/ready" if arguments.ready else "/-/healthy")
    print("; ".join(told.get("reasons", ())) or told.get("status", f"HTTP {status}"))
    return Exit.OK if status == 200 else Exit.UNAVAILABLE


def reachable(host: str) -> str:
    """Where to ask a server that listens on this address, or on all of the machine."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 -- what is listened on, asked from the same machine


def ask(host: str, port: int, path: str) -> tuple[int, dict[str, Any]]:
    """The answer's status and what it says.

    Raises:
        CommandError: nobody answers there.
    """
    from http.client import HTTPConnection, HTTPException

    connection = HTTPConnection(host, port, timeout=SECONDS)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read(65_536))
    except (OSError, HTTPException, ValueError) as wrong:
        raise CommandError(
            f"nothing answers at {host}:{port} ({wrong}); is Tocsin running with this configuration?", Exit.UNAVAILABLE
        ) from None
    finally:
        connection.close()
