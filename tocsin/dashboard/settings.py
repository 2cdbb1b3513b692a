"""Where the page listens, and who may read it."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, model_validator

from tocsin.misplaced import MisplacedError
from tocsin.monitor import OFF, Listen, is_loopback, split_address

SHORTEST_TOKEN = 16
"""Characters. A token is the only thing between a stranger and the page."""


class DashboardSettings(BaseModel):
    """[dashboard] of tocsin.toml.

    Raises (when validated):
        ValueError: it would listen beyond this machine for anybody.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    listen: Listen = "127.0.0.1:8600"
    """`host:port`, or "off"; port 0 takes a free one. Beyond the loopback a `token_file` or `trust_proxy` is needed."""
    token_file: Path | None = None
    """A file whose first line a reader must know (at least 16 characters)."""
    trust_proxy: bool = False
    """A proxy before the page checks who reads, and is the only one that reaches this address."""
    hosts: tuple[str, ...] = ()
    """Names under which the page is reached, beside `localhost` and addresses; any other name is refused (DNS rebinding)."""

    @model_validator(mode="after")
    def _is_guarded(self) -> Self:
        if self.enabled and not (is_loopback(self.host) or self.token_file or self.trust_proxy):
            raise MisplacedError(
                ("listen",),
                f"{self.listen} can be reached from other machines: set token_file, or trust_proxy where a proxy checks who reads, "
                "or listen on 127.0.0.1",
            )
        return self

    @property
    def enabled(self) -> bool:
        return self.listen != OFF

    @property
    def host(self) -> str:
        return split_address(self.listen)[0] if self.enabled else ""

    def token(self) -> str | None:
        """What a reader must know; None where nothing is asked.

        Raises:
            ValueError: the file cannot be read, or holds no token.
        """
        if self.token_file is None:
            return None
        try:
            token = self.token_file.read_text(encoding="utf-8").partition("\n")[0].strip()
        except (OSError, UnicodeDecodeError) as wrong:
            why = wrong.strerror if isinstance(wrong, OSError) else "it is not UTF-8"
            raise ValueError(f"token_file {self.token_file} cannot be read: {why}") from None
        if len(token) < SHORTEST_TOKEN:
            raise ValueError(f"token_file {self.token_file}: its first line must have at least {SHORTEST_TOKEN} characters")
        return token
