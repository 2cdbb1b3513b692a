"""Settings: the rooms' own schemas side by side, read from `tocsin.toml` and overridden by `TOCSIN__SECTION__KEY`.

The schema of a thing lives with the thing; a component is handed its own settings, never the root. A mistake is refused at
start with its file, line, key and remedy, all mistakes at once.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Self, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, ValidationError, model_validator

from processors.assess import AssessSettings
from processors.deduplicate import DedupeSettings
from processors.tag import TagSettings
from producers.catalogue import default_feeds
from producers.fetch import FetchSettings
from producers.fulltext import FullTextSettings
from producers.poll import PollSettings
from producers.pool import ParserSettings
from sinks.console import ConsoleSettings
from sinks.registry import SinkSettings
from sinks.route import RoutingSettings
from sinks.webhook import WebhookSettings
from tocsin.broker import KafkaSettings
from tocsin.callbacks import WebSubSettings
from tocsin.dashboard.settings import DashboardSettings
from tocsin.logs import LogSettings
from tocsin.misplaced import MisplacedError
from tocsin.model import Level
from tocsin.monitor import MonitorSettings
from tocsin.network import Refused, check_url
from tocsin.retention import RetentionSettings
from tocsin.room import StorageSettings
from tocsin.tracing import TracingSettings

SinkName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
PREFIX = "TOCSIN__"
DEFAULT_FILE = Path("tocsin.toml")


class FeedsSettings(BaseModel):
    """[feeds] of tocsin.toml: what is polled, beside what `tocsin feeds add` adds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    urls: tuple[HttpUrl, ...] = ()
    """The feeds to poll."""
    defaults: bool | None = None
    """Whether the public world-news feeds that ship with Tocsin are polled too; unless said, they are where `urls` is empty."""

    def listed(self) -> tuple[str, ...]:
        """The URLs, one's own first."""
        with_defaults = not self.urls if self.defaults is None else self.defaults
        return tuple(map(str, self.urls)) + (tuple(feed.url for feed in default_feeds()) if with_defaults else ())


class Settings(BaseModel):
    """The whole configuration. Paths are relative to the working directory."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    data_dir: Path = Path("tocsin-data")
    """Where the store and the archive are kept; one process at a time."""
    lexicon: TagSettings = Field(default_factory=TagSettings)
    feeds: FeedsSettings = Field(default_factory=FeedsSettings)
    fetch: FetchSettings = Field(default_factory=FetchSettings)
    parse: ParserSettings = Field(default_factory=ParserSettings)
    poll: PollSettings = Field(default_factory=PollSettings)
    websub: WebSubSettings = WebSubSettings()
    fulltext: FullTextSettings = FullTextSettings()
    deduplicate: DedupeSettings = Field(default_factory=DedupeSettings)
    assess: AssessSettings = Field(default_factory=AssessSettings)
    sinks: dict[SinkName, SinkSettings] = {"console": ConsoleSettings()}
    """By name. Naming one replaces the console, which is there where nothing is said."""
    routing: RoutingSettings = RoutingSettings()
    kafka: KafkaSettings = KafkaSettings()
    """For the commands that run on a cluster; `tocsin run` does not need it."""
    monitor: MonitorSettings = MonitorSettings()
    dashboard: DashboardSettings = DashboardSettings()
    log: LogSettings = LogSettings()
    tracing: TracingSettings = TracingSettings()
    retention: RetentionSettings = RetentionSettings()
    storage: StorageSettings = StorageSettings()

    @model_validator(mode="after")
    def _routes_lead_to_sinks(self) -> Self:
        try:
            self.routing.check(self.sinks)
        except MisplacedError as wrong:
            raise MisplacedError(("routing", *wrong.path), str(wrong)) from None
        return self

    @model_validator(mode="after")
    def _webhooks_may_be_reached(self) -> Self:
        for name, chosen in self.sinks.items():
            if isinstance(chosen, WebhookSettings) and chosen.url:
                try:
                    check_url(chosen.url.get_secret_value(), chosen.network)
                except Refused as no:
                    remedy = f"; if this receiver is yours, allow it with network = {{ {no.key} = [...] }}" if no.key else ""
                    raise MisplacedError(("sinks", name, "url"), f"{no.reason}{remedy}") from None
        return self

    @model_validator(mode="after")
    def _feeds_may_be_reached(self) -> Self:
        """Told here, since a feed that was refused is not tried again for an hour."""
        for place, url in enumerate(self.feeds.urls):
            try:
                check_url(str(url), self.fetch.network)
            except Refused as no:
                remedy = f"; if this feed is yours, allow it in [fetch.network] {no.key}" if no.key else ""
                raise MisplacedError(("feeds", "urls", str(place)), f"{no.reason}{remedy}") from None
        return self


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing wrong: where (`tocsin.toml:12`, or the variable's name), which key, what and the remedy."""

    where: str
    key: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.key}: {self.what}" if self.key else f"{self.where}: {self.what}"


class ConfigError(Exception):
    """The configuration is wrong; `mistakes` says how, one by one."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        super().__init__("\n".join(map(str, mistakes)))
        self.mistakes = mistakes


def load_settings(file: Path | None, environ: Mapping[str, str]) -> Settings:
    """The settings of a file (None: `tocsin.toml` where there is one, else the defaults) under those of the environment.

    Raises:
        ConfigError: the file is missing or no TOML, a key is unknown, a value does not fit.
    """
    chosen = file or (DEFAULT_FILE if DEFAULT_FILE.exists() else None)
    text = _read(chosen) if chosen else ""
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        raise ConfigError([Mistake(f"{chosen}:{_line_of_nonsense(text, wrong)}", "", f"this is not TOML: {wrong}")]) from None
    except RecursionError:
        raise ConfigError([Mistake(str(chosen), "", "is nested too deeply")]) from None
    variables = {tuple(name.removeprefix(PREFIX).lower().split("__")): name for name in environ if name.startswith(PREFIX)}
    for path, name in variables.items():
        _put(told, path, _value(environ[name]))
    try:
        return Settings.model_validate(told)
    except ValidationError as wrong:
        raise ConfigError([_mistake(error, chosen, text, variables) for error in wrong.errors()]) from None


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as wrong:
        raise ConfigError([Mistake(str(file), "", f"cannot be read: {wrong.strerror}; name another file with --config")]) from None
    except UnicodeDecodeError as wrong:
        raise ConfigError([Mistake(str(file), "", f"is not UTF-8: byte {wrong.start}; save it as UTF-8")]) from None


def _line_of_nonsense(text: str, wrong: tomllib.TOMLDecodeError) -> int:
    """The line on which TOML ends to be any. What is never closed is found wrong at the end only: it begins below the longest part that
    reads well.
    """
    if line := re.search(r"at line (\d+)", str(wrong)):
        return int(line.group(1))
    lines = text.splitlines(keepends=True)
    return next((n + 1 for n in range(len(lines) - 1, 0, -1) if _is_toml("".join(lines[:n]))), 1)


def _is_toml(text: str) -> bool:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return True


def _value(raw: str) -> Any:
    """A variable's value: JSON where it looks like a list or a table, else the words as they stand."""
    if raw[:1] in "[{":
        try:
            return json.loads(raw)
        except (ValueError, RecursionError):
            return raw
    return raw


def _put(tree: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    *above, last = path
    for key in above:
        below = tree.setdefault(key, {})
        if not isinstance(below, dict):
            below = tree[key] = {}
        tree = below
    tree[last] = value


def _mistake(error: Any, file: Path | None, text: str, variables: Mapping[tuple[str, ...], str]) -> Mistake:
    path = tuple(str(step) for step in _told_path(error["loc"]) if step != "[key]")
    if isinstance(misplaced := error.get("ctx", {}).get("error"), MisplacedError):
        path += misplaced.path
    if error["type"] == "union_tag_invalid":
        path += (error["ctx"]["discriminator"].strip("'"),)
    variable = next((name for told, name in variables.items() if path[: len(told)] == told or told[: len(path)] == path), None)
    line = None if variable else line_of(text, path)
    where = variable or (f"{file}:{line}" if line else str(file or "the defaults"))
    return Mistake(where, ".".join(path), _remedy(error, path))


def _told_path(loc: tuple[Any, ...]) -> Iterator[Any]:
    """Where the user said it: without the tags of unions that pydantic puts into the path (`sinks.desk.webhook.url`)."""
    kind: Any = Settings
    for step in loc:
        tagged = _tagged(kind, step)
        if tagged is not None:
            kind = tagged
            continue
        yield step
        kind = _below(kind, step)


def _members(kind: Any) -> tuple[Any, ...]:
    if get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    return get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)


def _tagged(kind: Any, tag: Any) -> Any:
    members = _members(kind)
    if len(members) < 2:
        return None
    return next((member for member in members if _is_model(member) and _tag_of(member) == tag), None)


def _tag_of(model: type[BaseModel]) -> Any:
    return model.model_fields["type"].default if "type" in model.model_fields else None


def _below(kind: Any, step: Any) -> Any:
    return next(iter(_all_below(kind, step)), None)


def _all_below(kind: Any, step: Any) -> Iterator[Any]:
    """The types of what stands at `step` below a value of this type."""
    for member in _members(kind):
        if _is_model(member) and step in member.model_fields:
            yield from _members(member.model_fields[step].annotation)
        elif get_origin(member) is dict:
            yield get_args(member)[1]
        elif get_origin(member) in (list, tuple):
            yield from _members(get_args(member)[0])


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _remedy(error: Any, path: tuple[str, ...]) -> str:
    if error["type"] == "extra_forbidden":
        known = _known_keys(path[:-1])
        near = get_close_matches(path[-1], known, n=1)
        return f"unknown key; did you mean {near[0]!r}?" if near else f"unknown key; known here: {', '.join(known) or 'none'}"
    if error["type"] == "union_tag_invalid":
        return f"there is no {error['ctx']['tag']!r}; it is one of {error['ctx']['expected_tags']}"
    said = f" (it says {error['input']!r})" if isinstance(error["input"], str | int | float | bool) and not _is_secret(path) else ""
    what = error["msg"].removeprefix("Value error, ")
    return "; ".join(filter(None, (f"{what}{said}", _hint(error, path))))


_HINTS = {
    "bool_parsing": "say true or false, without quotes",
    "float_parsing": "say a number without a unit; the name of the key has it",
    "int_parsing": "say a whole number without a unit; the name of the key may have it",
    "time_delta_parsing": 'say seconds as 300, or "00:05:00", or "PT5M"',
    "time_parsing": 'say "22:30"',
    "tuple_type": "say a list: [ ... ]",
    "list_type": "say a list: [ ... ]",
    "frozen_set_type": "say a list: [ ... ]",
    "path_type": "say a path in quotes",
    "string_type": "say it in quotes",
}
"""What to write instead, by pydantic's name for the mistake."""


def _hint(error: Any, path: tuple[str, ...]) -> str:
    """How to mend it, where pydantic's words do not say."""
    if error["type"] in ("dict_type", "model_type", "model_attributes_type"):
        below = "NAME" if path in {("sinks",), ("routing", "times")} else ""
        return f"it is a section: write [{'.'.join((*path, below)) if below else '.'.join(path)}] and its keys below"
    if error["type"] in ("enum", "literal_error") and isinstance(error["input"], str):
        known = re.findall(r"'([^']*)'", error["ctx"]["expected"]) or ([each.name for each in Level] if path[-1] == "min_level" else [])
        near = get_close_matches(error["input"].upper(), {name.upper(): name for name in known}, n=1)
        return f"did you mean {next(name for name in known if name.upper() == near[0])!r}?" if near else ""
    if error["type"] == "string_pattern_mismatch" and path[:1] == ("sinks",):
        return "a sink's name has small letters, digits, - and _"
    if error["type"] == "string_pattern_mismatch" and path == ("kafka", "prefix"):
        return "small letters, digits and -"
    if error["type"] == "string_pattern_mismatch" and "pairs" in path:
        return "say two sides as IRN-PAK"
    return _HINTS.get(error["type"], "")


def _known_keys(path: tuple[str, ...]) -> list[str]:
    models = (member for kind in _kinds_at(path) for member in _members(kind) if _is_model(member))
    return sorted({name for model in models for name in model.model_fields})


def _is_secret(path: tuple[str, ...]) -> bool:
    """Whether what stands there must not be repeated: it may come from a message that ends in a log."""
    return any("SecretStr" in str(kind) for kind in _kinds_at(path))


def _kinds_at(path: tuple[str, ...]) -> tuple[Any, ...]:
    """The types a value at this path may have."""
    kinds: tuple[Any, ...] = (Settings,)
    for step in path:
        kinds = tuple(below for kind in kinds for below in _all_below(kind, step))
    return kinds


_HEADER = re.compile(r"\s*\[(\[)?\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=""")


def line_of(text: str, path: tuple[str, ...]) -> int | None:
    """The line (from 1) on which a TOML text says the key of this path, or the nearest table above it. In a path, the number of a table
    of several is its place among them.
    """
    table: tuple[str, ...] = ()
    found: tuple[int, int] | None = None
    arrays: dict[tuple[str, ...], int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            table = said = _numbered(_split(header.group(2)), arrays, another=bool(header.group(1)))
        elif key := _KEY.match(line):
            said = table + _split(key.group(1))
        else:
            continue
        if said == path[: len(said)] and (found is None or len(said) > found[0]):
            found = (len(said), number)
        elif found is None and path and said[: len(path)] == path:  # it is said by what stands in it
            found = (0, number)
    return found[1] if found else None


def _numbered(names: tuple[str, ...], arrays: dict[tuple[str, ...], int], *, another: bool) -> tuple[str, ...]:
    """The path a header opens, with the number of each table of several on it; `another`: the header (`[[...]]`) begins one more."""
    told: tuple[str, ...] = ()
    for place, name in enumerate(names, start=1):
        told += (name,)
        if another and place == len(names):
            arrays[told] = arrays.get(told, -1) + 1
        if told in arrays:
            told += (str(arrays[told]),)
    return told


def _split(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))
