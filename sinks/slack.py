"""Alerts in a Slack channel: by an incoming webhook, or by a bot that keeps one message per incident up to date.

What strangers wrote stands only in `plain_text` objects, which Slack does not parse, or escaped; links are built by us. The bot edits
the incident's message in place, puts every change into its thread, and shows a reply in the channel only when it got worse.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from sinks.http import Answer, Poster, judge, pause, read_secret
from sinks.message import Message, compose, line
from sinks.sink import DeliveryError, SinkGoneError
from sinks.spacer import Spacer
from tocsin.clock import Clock, utc_now
from tocsin.model import Alert, AlertKind
from tocsin.network import NetworkPolicy

SPACING = 1.0
"""Seconds between two messages: Slack allows about one a second and channel."""
REMEMBERED = 1_000
"""How many incidents' messages the bot can still edit."""
HEADER_LIMIT, SECTION_LIMIT, FALLBACK_LIMIT = 150, 3_000, 300
"""Characters: Slack's limits for a header and a section, and ours for the text of a notification."""
LINKS = 10
"""How many links are shown: a context block holds its text within the limit of a section."""

_OURS = frozenset(
    "access_denied account_inactive action_prohibited as_user_not_supported channel_is_archived channel_not_found ekm_access_denied"
    " enterprise_is_restricted invalid_auth invalid_token is_archived missing_scope no_active_hooks no_permission no_service no_team"
    " not_allowed_token_type not_authed not_in_channel org_login_required posting_to_general_channel_denied restricted_action"
    " team_access_not_granted team_disabled token_expired token_revoked two_factor_setup_required".split()
)
"""Errors that only the operator can end: the sink is switched off, the alerts stay pending."""
_ALERTS = frozenset(
    "invalid_arguments invalid_blocks invalid_blocks_format invalid_payload markdown_text_conflict msg_blocks_too_long msg_too_long"
    " no_text too_many_attachments".split()
)
"""Errors that the same alert would meet for ever."""
_NOT_EDITABLE = frozenset("cant_update_message edit_window_closed message_not_found thread_not_found".split())


class SlackSettings(BaseModel):
    """One channel: by an incoming webhook (`url`), or by a bot's `token` (scope `chat:write`) and the `channel`'s id."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Literal["slack"] = "slack"
    url: SecretStr | None = None
    """An incoming webhook's address; taken for a secret."""
    url_file: Path | None = None
    """A file that holds it instead."""
    token: SecretStr | None = None
    """A bot's token, with the scope `chat:write`."""
    token_file: Path | None = None
    """A file that holds it instead."""
    channel: Annotated[str, Field(pattern=r"^[A-Za-z0-9#_-]{0,80}$")] = ""
    """The channel's id; only with a token."""
    memory: Path | None = None
    """A file in which the bot remembers its messages over a restart; without it, an incident then gets a new message."""
    digest_above: Annotated[int, Field(ge=0)] = 20
    """While more alerts than this wait, many are told in one message; 0: never."""
    api: str = "https://slack.com/api"
    """Where Slack's Web API is; `https://slack-gov.com/api` for GovSlack."""
    network: NetworkPolicy = NetworkPolicy()
    timeout: Annotated[float, Field(gt=0, le=60)] = 15
    """Seconds for one whole attempt."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        given = [key for key in ("url", "url_file", "token", "token_file") if getattr(self, key) is not None]
        if len(given) != 1:
            raise ValueError("say one of url, url_file, token and token_file")
        if given[0].startswith("token") != bool(self.channel):
            raise ValueError("a token needs a channel, and a webhook has its own")
        return self

    def build(self, name: str, clock: Clock = utc_now) -> SlackHook | SlackBot:
        """The sink.

        Raises:
            ValueError: a file cannot be read; the text names no secret.
        """
        spacer = Spacer(clock, SPACING)
        if self.url or self.url_file:
            url = self.url.get_secret_value() if self.url else read_secret("url_file", self.url_file)
            return SlackHook(name, url, Poster(self.network, self.timeout), clock, spacer)
        token = self.token.get_secret_value() if self.token else read_secret("token_file", self.token_file)
        http = Poster(self.network, self.timeout)
        return SlackBot(name, token, self.channel, http, clock, spacer=spacer, memory=Memory(self.memory), api=self.api)


class Memory:
    """The message of each incident the bot has told, by incident: its time stamp, and the alert it tells with its revision. The oldest
    are forgotten.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._known: OrderedDict[str, tuple[str, str, int]] = OrderedDict()
        try:
            told = json.loads(file.read_bytes()) if file and file.exists() else {}
            self._known.update(
                (str(incident), (str(stamp), str(last), int(rest[0]) if rest else 0)) for incident, (stamp, last, *rest) in told.items()
            )
        except (OSError, ValueError, TypeError, AttributeError):
            self._known.clear()  # worth no failure: an incident gets a new message

    def get(self, incident: str) -> tuple[str, str, int] | None:
        """Time stamp, last alert and its revision."""
        return self._known.get(incident)

    def put(self, incident: str, stamp: str, alert: str, revision: int) -> None:
        self._known[incident] = (stamp, alert, revision)
        self._known.move_to_end(incident)
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        self._save()

    def _save(self) -> None:
        if self._file is None:
            return
        beside = self._file.with_name(self._file.name + ".new")
        try:
            beside.write_text(json.dumps(self._known), encoding="utf-8")
            beside.replace(self._file)
        except OSError:
            return  # the messages are sent; after a restart they cannot be edited


class SlackHook:
    """Posts each alert as a message of its own: an incoming webhook can do no more."""

    def __init__(self, name: str, url: str, http: Poster, clock: Clock, spacer: Spacer) -> None:
        self.name = name
        self._url, self._http, self._clock, self._spacer = url, http, clock, spacer

    def check(self) -> None:
        self._http.check(self._url)

    def send(self, alert: Alert) -> None:
        with self._spacer:
            answer = self._http.post(self._url, _json(payload(alert)), {"Content-Type": "application/json; charset=utf-8"})
        if answer.status == 200 and answer.body.strip() == b"ok":
            return
        error = answer.body.decode("ascii", "replace").strip()
        raise _failure(error if error.replace("_", "").isalnum() else "", answer, self._clock)

    def close(self) -> None:
        self._http.close()


class SlackBot:
    """Keeps one message per incident, with its history in the thread."""

    def __init__(
        self, name: str, token: str, channel: str, http: Poster, clock: Clock, *, spacer: Spacer, memory: Memory, api: str
    ) -> None:
        self.name = name
        self._token, self._channel, self._http, self._clock, self._spacer = token, channel, http, clock, spacer
        self._memory, self._api = memory, api.rstrip("/")

    def check(self) -> None:
        """Ask Slack whose token this is."""
        self._http.check(self._api)
        try:
            self._call("auth.test", {})
        except SinkGoneError as wrong:
            raise DeliveryError(wrong.reason, retry=False, remedy=wrong.remedy) from None

    def send(self, alert: Alert) -> None:
        known = self._memory.get(_of(alert))
        if known and known[1] == alert.id:
            return
        try:
            if known and alert.revision < known[2]:  # it was given up, and is tried again after later ones
                self._reply(alert, known[0])
            else:
                self._tell(alert, known[0] if known else None)
        except _NotEditableError:
            self._tell(alert, None)

    def close(self) -> None:
        self._http.close()

    def _tell(self, alert: Alert, stamp: str | None) -> None:
        told, here = payload(alert), {"channel": self._channel}
        if stamp is None:
            stamp = str(self._call("chat.postMessage", told | here).get("ts", ""))
        else:
            self._call("chat.update", {"ts": stamp, "text": told["text"], "blocks": told["blocks"]} | here)
            self._reply(alert, stamp)
        self._memory.put(_of(alert), stamp, alert.id, alert.revision)

    def _reply(self, alert: Alert, stamp: str) -> None:
        reply = {"thread_ts": stamp, "reply_broadcast": alert.kind is AlertKind.ESCALATED, "channel": self._channel}
        self._call("chat.postMessage", change(alert) | reply)

    def _call(self, method: str, told: dict[str, Any]) -> dict[str, Any]:
        headers = {"Content-Type": "application/json; charset=utf-8", "Authorization": f"Bearer {self._token}"}
        with self._spacer:
            answer = self._http.post(f"{self._api}/{method}", _json(told), headers)
        try:
            said = json.loads(answer.body) if answer.status == 200 else {}
        except ValueError:
            said = {}
        if isinstance(said, dict) and said.get("ok") is True:
            return said
        error = str(said.get("error", "")) if isinstance(said, dict) else ""
        if error in _NOT_EDITABLE:
            raise _NotEditableError
        raise _failure(error, answer, self._clock)


def _of(alert: Alert) -> str:
    """What a message is about: an incident; a digest is about itself, and never edited into the next."""
    return alert.id if alert.kind is AlertKind.DIGEST else alert.incident


class _NotEditableError(Exception):
    """The message is gone, or too old to be edited."""


def _failure(error: str, answer: Answer, clock: Clock) -> DeliveryError:
    """Slack's refusal as ours, by the word it gives, else by the status."""
    if error in _OURS:
        return SinkGoneError(f"slack_{error}", remedy="correct the sink's settings, or its rights in Slack")
    if error in _ALERTS:
        return DeliveryError(f"slack_{error}", retry=False)
    if error in ("ratelimited", "rate_limited", "message_limit_exceeded"):
        return DeliveryError("slack_ratelimited", retry=True, after=pause(answer.retry_after, clock()))
    return judge(answer, clock()) or DeliveryError("slack_refused", retry=True)


def _json(told: dict[str, Any]) -> bytes:
    return json.dumps(told, ensure_ascii=False).encode("utf-8", "replace")


def payload(alert: Alert) -> dict[str, Any]:
    """The message of an alert: a header, what happened and why, the strongest words, then sources and links."""
    told = compose(alert)
    blocks = [
        {"type": "header", "text": _plain(f"{told.level} {told.kind}: {told.who} {told.what}", HEADER_LIMIT)},
        {"type": "section", "text": _plain(_lines(told.title, told.headline, told.rung, f"Why: {told.reason}"), SECTION_LIMIT)},
        *_quoted(told),
        {"type": "context", "elements": [{"type": "mrkdwn", "text": _sources(told), "verbatim": True}]},
    ]
    return _message(blocks, f"{told.level} {told.kind}: {told.title}")


def change(alert: Alert) -> dict[str, Any]:
    """What an alert adds to its incident's thread."""
    told = compose(alert)
    words = _lines(f"{told.level} {told.kind}", told.title, told.headline, told.rung, f"Why: {told.reason}")
    return _message([{"type": "section", "text": _plain(words, SECTION_LIMIT)}], f"{told.level} {told.kind}: {told.reason}")


def escaped(text: str) -> str:
    """The text with the three characters that begin anything in Slack's markup written as entities."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _message(blocks: list[dict[str, Any]], fallback: str) -> dict[str, Any]:
    text = escaped(line(fallback, FALLBACK_LIMIT))
    quiet = {"mrkdwn": False, "parse": "none", "link_names": False, "unfurl_links": False, "unfurl_media": False}
    return {"text": text, "blocks": blocks, **quiet}


def _quoted(told: Message) -> Iterable[dict[str, Any]]:
    """The quotes, whole, in as many sections as they need."""
    words = ""
    for quote in told.quotes:
        said = f"“{quote.text}” - {quote.outlet}"
        if words and len(words) + len(said) + 1 > SECTION_LIMIT:
            yield {"type": "section", "text": _plain(words, SECTION_LIMIT)}
            words = ""
        words = _lines(words, said)
    if words:
        yield {"type": "section", "text": _plain(words, SECTION_LIMIT)}


def _sources(told: Message) -> str:
    """How many say so, and links that we built: the address cannot end early, the label is the address's host."""
    links = [f"<{escaped(url)}|{escaped(urlsplit(url).hostname or 'link')}>" for url in told.links]
    text = escaped(told.sources)
    for link in links[:LINKS]:
        if len(text) + len(link) + 3 <= SECTION_LIMIT:
            text += f" · {link}"
    return text


def _lines(*lines: str) -> str:
    return "\n".join(filter(None, lines))


def _plain(text: str, limit: int) -> dict[str, Any]:
    cut = text if len(text) <= limit else text[: limit - 1] + "…"
    return {"type": "plain_text", "text": cut, "emoji": False}
