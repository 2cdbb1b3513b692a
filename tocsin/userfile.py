"""What is wrong with a file that the configuration names."""

from __future__ import annotations


class UserFileError(ValueError):
    """A file of the user's own (a lexicon, a table of names) that cannot be used: the text names file, line, key and remedy."""
