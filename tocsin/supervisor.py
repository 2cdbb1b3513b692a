"""What a supervisor is told: systemd's notification protocol, sd_notify(3), in the few lines it takes.

The service says READY=1 when it works, WATCHDOG=1 while it makes progress and STOPPING=1 when it ends; a supervisor that hears nothing for
WatchdogSec= restarts it. Without NOTIFY_SOCKET nobody listens, and nothing is sent.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta

from tocsin.progress import Progress


class Supervisor:
    """The one who started us, if he asked to be told.

    Args:
        environ: the process's environment: NOTIFY_SOCKET (a path, or "@" and a name in the abstract namespace) and
            WATCHDOG_USEC.
    """

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        told = os.environ if environ is None else environ
        address = told.get("NOTIFY_SOCKET", "")
        self._address = "\0" + address[1:] if address.startswith("@") else address
        microseconds = told.get("WATCHDOG_USEC", "")
        self.patience = timedelta(microseconds=int(microseconds)) if microseconds.isdigit() and int(microseconds) else None
        """After how long without a word the supervisor restarts us; None where it waits for ever."""

    def ready(self, status: str = "") -> None:
        self._say("READY=1", status)

    def alive(self, status: str = "") -> None:
        self._say("WATCHDOG=1", status)

    def stopping(self) -> None:
        self._say("STOPPING=1", "finishing what was begun")

    def _say(self, state: str, status: str) -> None:
        """One datagram; a supervisor that is not there is no reason to fail."""
        if not self._address:
            return
        message = f"{state}\nSTATUS={status}" if status else state
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out:
                out.sendto(message.encode(), self._address)
        except OSError:
            return


@contextmanager
def attended(progress: Progress, supervisor: Supervisor | None = None) -> Iterator[None]:
    """The supervisor hears that we are ready, then that we are alive three times per his patience, but only while what is vital moves.

    A thread of its own says it, so that a loop that hangs is not what has to say that it hangs.
    """
    told = supervisor or Supervisor()
    ended = threading.Event()

    def tell() -> None:
        while told.patience and not ended.wait(told.patience.total_seconds() / 3):
            if not progress.unhealthy():
                told.alive()

    told.ready()
    teller = threading.Thread(target=tell, name="supervisor", daemon=True)
    teller.start()
    try:
        yield
    finally:
        ended.set()
        told.stopping()
        teller.join(1)
