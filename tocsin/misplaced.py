"""A mistake in the configuration whose place its finder knows better than the one who asked."""

from __future__ import annotations


class MisplacedError(ValueError):
    """What does not fit stands further down than the settings that were judged: `path` leads there from them."""

    def __init__(self, path: tuple[str, ...], what: str) -> None:
        super().__init__(what)
        self.path = path
