"""Alerts appended to a file, one line of JSON each, forced to the disk; the file is set aside when it has grown."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from sinks.lines import json_line
from sinks.sink import DeliveryError
from tocsin.clock import Clock, utc_now
from tocsin.model import Alert


class JsonlSettings(BaseModel):
    """One file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Literal["jsonl"] = "jsonl"
    path: Path
    """The file."""
    max_bytes: Annotated[int, Field(ge=1)] = 64 * 2**20
    """The size from which the file is set aside as `<path>.1`."""
    keep: Annotated[int, Field(ge=1, le=1000)] = 5
    """How many such files stay."""

    def build(self, name: str, clock: Clock = utc_now) -> JsonlSink:  # noqa: ARG002 -- every sink is built alike
        return JsonlSink(name, self.path, self.max_bytes, self.keep)


class JsonlSink:
    """Appends to a file that it opens anew for each alert, so that others may move it away."""

    def __init__(self, name: str, path: Path, max_bytes: int, keep: int) -> None:
        self.name = name
        self._path, self._max_bytes, self._keep = path, max_bytes, keep

    def check(self) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("ab"):
                return
        except OSError as wrong:
            remedy = f"{self._path} cannot be written: {wrong.strerror}"
            raise DeliveryError("not_writable", retry=False, remedy=remedy) from None

    def send(self, alert: Alert) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._rotate()
            self._append(json_line(alert))
        except OSError as wrong:
            raise DeliveryError("not_writable", retry=True, remedy=f"{self._path}: {wrong.strerror}") from None

    def close(self) -> None:
        """No file is kept open."""

    def _append(self, line: bytes) -> None:
        """Write the whole line or nothing of it; the line written last is not written again."""
        with self._path.open("a+b", buffering=0) as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - len(line)))
            end = file.read(len(line))
            if end == line:
                return
            whole = line if not end or end.endswith(b"\n") else b"\n" + line  # the power failed within the line before
            try:
                while whole:  # a disk that is nearly full takes a part, and refuses the next
                    whole = whole[file.write(whole) :]
                os.fsync(file.fileno())
            except OSError:
                file.truncate(size)
                raise

    def _rotate(self) -> None:
        if not self._path.exists() or self._path.stat().st_size < self._max_bytes:
            return
        for n in range(self._keep - 1, 0, -1):
            older = self._aside(n)
            if older.exists():
                older.replace(self._aside(n + 1))
        self._path.replace(self._aside(1))

    def _aside(self, n: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{n}")
