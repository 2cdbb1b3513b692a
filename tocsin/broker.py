"""[kafka] of tocsin.toml: where the broker is and how it is spoken to, said once for every client library.

Knows the names of the options of kafka-python, aiokafka and Faust, and imports none of them until it is asked.
"""

from __future__ import annotations

import re
import ssl
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

from tocsin.misplaced import MisplacedError

LARGEST_MESSAGE = 8 * 2**20
"""In bytes, for topics and clients alike: a value of ours is a few kilobytes; what is larger than this is refused when it is sent."""
_ADDRESS = re.compile(r"(\[[0-9a-fA-F:]+\]|[A-Za-z0-9._-]+):(\d{1,5})")
_REDIS_ADDRESS = "write redis://HOST:6379/0, rediss:// with TLS, or unix:///PATH"


def _address(told: str) -> str:
    found = _ADDRESS.fullmatch(told)
    if not found or not 1 <= int(found[2]) <= 65_535:
        raise ValueError('a broker is "HOST:PORT", with a port from 1 to 65535')
    return told


def _is_redis(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("redis", "rediss", "unix") and bool(
            parts.path if parts.scheme == "unix" else parts.hostname and parts.port != 0
        )
    except ValueError:
        return False


def _no_passphrase() -> str:
    raise OSError("the key is encrypted, and nobody is there to type its passphrase; write it without one: openssl pkey -in KEY -out PLAIN")


Address = Annotated[str, AfterValidator(_address)]
Days = Annotated[float, Field(gt=0, le=36_500)]
Seconds = Annotated[float, Field(gt=0, le=31_536_000)]


class UnusableError(ValueError):
    """A file of secrets or certificates that [kafka] names cannot be used; the text says which and why."""


class Partitions(BaseModel):
    """[kafka.partitions]: over how many workers each topic can spread. `news` and `events` have one partition each, see docs/cluster.md."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    stories: Annotated[int, Field(ge=1, le=10_000)] = 8
    """Of `stories`: how many taggers can share the work."""
    alerts: Annotated[int, Field(ge=1, le=10_000)] = 1
    """Of `alerts`."""


class Retention(BaseModel):
    """[kafka.retention_days]: how long each topic keeps its messages, in days."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    news: Days = 7
    """Days that `news` is kept."""
    stories: Days = 7
    """Days that `stories` is kept."""
    events: Days = 7
    """Days that `events` is kept."""
    alerts: Days = 90
    """Days that `alerts` is kept."""
    dead: Days = 90
    """Days that dead letters are kept."""


class KafkaSettings(BaseModel):
    """[kafka] of tocsin.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    bootstrap: Annotated[tuple[Address, ...], Field(min_length=1)] = ("127.0.0.1:9092",)
    """Brokers to begin with, `host:port`."""
    prefix: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")] = "tocsin"
    """Begins the name of every topic, consumer group and Redis key."""
    partitions: Partitions = Partitions()
    retention_days: Retention = Retention()
    replication: Annotated[int, Field(ge=1, le=1_000)] = 1
    """On how many brokers each message is kept. With 3 and more, two must have it before it counts as written."""
    session_timeout_seconds: Annotated[float, Field(ge=6, le=300)] = 10
    """How long a worker may be silent before its partitions go to another."""
    stuck_seconds: Seconds = 300
    """How long a worker may go without progress while there is work for it, before it calls itself unhealthy."""
    state: SecretStr = SecretStr("redis://127.0.0.1:6379/0")
    """The Redis that keeps what `deduplicate` and `assess` remember (redis://, rediss:// or unix://)."""
    state_file: Path | None = None
    """A file that holds the address instead, for one with a password."""
    stale_hours: Annotated[float, Field(gt=0, le=876_000)] = 24
    """An alert that is older than this when it comes to be delivered is kept and not sent."""

    tls: bool = False
    """Encrypt, and believe only a broker whose certificate and name are right."""
    ca_file: Path | None = None
    """Who signs the brokers' certificates, where it is nobody that this machine knows."""
    cert_file: Path | None = None
    """Our certificate, where brokers ask for one ..."""
    key_file: Path | None = None
    """... and its key."""
    mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    """How we say who we are."""
    username: str | None = None
    """Who we are to the brokers."""
    password: SecretStr | None = None
    """Our password."""
    password_file: Path | None = None
    """A file that holds it instead."""

    @model_validator(mode="after")
    def _parts_fit(self) -> Self:
        if self.username and not (self.password or self.password_file):
            raise MisplacedError(("username",), "username needs password or password_file")
        if (self.password or self.password_file) and not self.username:
            raise MisplacedError(("password" if self.password else "password_file",), "a password needs a username")
        if self.password and self.password_file:
            raise MisplacedError(("password",), "say password or password_file, not both")
        if self.username and self.mechanism == "PLAIN" and not self.tls:
            raise MisplacedError(("mechanism",), "PLAIN sends the password as it is: set tls = true, or mechanism = 'SCRAM-SHA-512'")
        if not _is_redis(self.state.get_secret_value()):
            raise MisplacedError(("state",), f"this is no address of a Redis; {_REDIS_ADDRESS}")
        if self.key_file and not self.cert_file:
            raise MisplacedError(("key_file",), "a key is of no use without cert_file, the certificate it belongs to")
        if not self.tls and (self.ca_file or self.cert_file or self.key_file):
            named = next(key for key in ("ca_file", "cert_file", "key_file") if getattr(self, key))
            raise MisplacedError((named,), "certificates are of no use without tls = true")
        return self

    @property
    def min_insync(self) -> int:
        """How many brokers must have a message before it is acknowledged."""
        return 2 if self.replication >= 3 else 1

    def check(self) -> None:
        """Read every file that is named, as those do who connect.

        Raises:
            UnusableError: one cannot be used.
        """
        self.client()
        self.state_url()

    def secret(self) -> str | None:
        """The password.

        Raises:
            UnusableError: its file cannot be read.
        """
        if self.password_file:
            return _read(self.password_file, "password_file")
        return self.password.get_secret_value() if self.password else None

    def state_url(self) -> str:
        """The address of the Redis.

        Raises:
            UnusableError: its file cannot be read, or holds no address.
        """
        if not self.state_file:
            return self.state.get_secret_value()
        url = _read(self.state_file, "state_file")
        if not _is_redis(url):
            raise UnusableError(f"kafka.state_file: what {self.state_file} holds is no address of a Redis; {_REDIS_ADDRESS}")
        return url

    def context(self) -> ssl.SSLContext | None:
        """How to encrypt, None where nothing is.

        Raises:
            UnusableError: a certificate's file cannot be read, or is none.
        """
        if not self.tls:
            return None
        try:
            key, file = "ca_file", self.ca_file
            context = ssl.create_default_context(cafile=file)
            if self.cert_file:
                key, file = "cert_file", self.cert_file
                context.load_cert_chain(file, self.key_file, password=_no_passphrase)
        except (OSError, ssl.SSLError) as wrong:
            keyed = f" with key_file {self.key_file}" if key == "cert_file" and self.key_file else ""
            raise UnusableError(f"kafka.{key}: {file}{keyed} cannot be used: {wrong}") from None
        return context

    def client(self) -> dict[str, Any]:
        """The options by which kafka-python's and aiokafka's clients reach the broker; they share their names.

        Raises:
            UnusableError: a file of secrets or certificates cannot be used.
        """
        told: dict[str, Any] = {"bootstrap_servers": list(self.bootstrap), "client_id": self.prefix, "security_protocol": self._protocol()}
        if context := self.context():
            told["ssl_context"] = context
        if self.username:
            told |= {"sasl_mechanism": self.mechanism, "sasl_plain_username": self.username, "sasl_plain_password": self.secret()}
        return told

    def faust(self) -> dict[str, Any]:
        """The options by which a Faust app reaches the broker."""
        from faust.auth import SASLCredentials, SSLCredentials

        told: dict[str, Any] = {"broker": [f"kafka://{address}" for address in self.bootstrap], "broker_client_id": self.prefix}
        context = self.context()
        if self.username:
            told["broker_credentials"] = SASLCredentials(
                username=self.username, password=self.secret(), mechanism=self.mechanism, ssl_context=context
            )
        elif context:
            told["broker_credentials"] = SSLCredentials(context)
        return told

    def _protocol(self) -> str:
        return ("SASL_" if self.username else "") + ("SSL" if self.tls else "PLAINTEXT")


def _read(path: Path, key: str) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as wrong:
        raise UnusableError(f"kafka.{key}: {path} cannot be read: {wrong}") from None
