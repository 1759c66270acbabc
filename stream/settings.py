"""Every setting, in one place. Each is read from the environment as `PETREL_<NAME>`."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, cast
from urllib.parse import urlsplit, urlunsplit

from pydantic import (
    BaseModel,
    Field,
    FilePath,
    SecretStr,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from schemas.errors import PetrelError
from schemas.suggestion import did_you_mean
from schemas.topics import Topics
from schemas.window import Kind
from stream import redis_url
from stream.counting import source_weights
from stream.grouping.group_rule import GroupRule
from stream.windows.buckets import HOPS, MAX_SIZE, SIZES, Size
from stream.windows.spike_rule import SpikeRule
from stream.windows.window_closing import MINUTES_AN_HOUR

# What `petrel train` makes of the starter corpus, and a worker takes unless it is told otherwise.
DEFAULT_MODEL = Path("models/starter")

# What Kafka accepts as the name of a topic.
TOPIC_NAME = "[A-Za-z0-9._-]{1,249}"

Name = Annotated[str, StringConstraints(pattern=f"^{TOPIC_NAME}$")]
Names = Annotated[tuple[Name, ...], NoDecode]

# What the namespace of a replay begins with.
REPLAY_PREFIX = "replay-"

_BROKERS = r"[^\s,/@]+:\d{1,5}(,[^\s,/@]+:\d{1,5})*"
_REGISTRY = r"https?://[^\s/@?#]+(/[^\s@?#]*)?"
_PREFIX = "PETREL_"
# Between a group of settings and the name of one of them.
_NESTED = "_"
_MASK = "********"


class SettingsError(PetrelError):
    """A setting that cannot be used; the message names it, its rule and its value."""


class _Environment(EnvSettingsSource):
    """The environment, in which each field of a group is a variable: `PETREL_SPIKE_HISTORY`.

    The library's own way to nest would take any `PETREL_INPUTS_X` for a part of `PETREL_INPUTS`.
    """

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        if not isinstance(field.default, BaseModel):
            return super().get_field_value(field, field_name)
        variables = {
            name: f"{_PREFIX}{field_name}{_NESTED}{name}".lower()
            for name in type(field.default).model_fields
        }
        found = {n: self.env_vars[one] for n, one in variables.items() if one in self.env_vars}
        return found or None, field_name, False

    def prepare_field_value(
        self, field_name: str, field: FieldInfo, value: Any, value_is_complex: bool
    ) -> Any:
        if isinstance(field.default, BaseModel):
            return value
        return super().prepare_field_value(field_name, field, value, value_is_complex)


class Settings(BaseSettings):
    """The settings in force. Times are in seconds unless the name has another unit."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX,
        # Compose files pass on variables that are not set as empty ones.
        env_ignore_empty=True,
        frozen=True,
        allow_inf_nan=False,
        hide_input_in_errors=True,
    )

    kafka_bootstrap: str = Field(
        "localhost:9092",
        description="Kafka brokers, host:port, comma between",
    )
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="how to speak to Kafka"
    )
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        "SCRAM-SHA-512", description="how to log in to Kafka"
    )
    kafka_username: str | None = Field(None, description="user for SASL")
    kafka_password: SecretStr | None = Field(None, description="password for SASL")
    kafka_ca_file: FilePath | None = Field(
        None, description="PEM file of authorities Kafka's certificate must come from"
    )
    kafka_cert_file: FilePath | None = Field(
        None, description="PEM file of our certificate, for mutual TLS"
    )
    kafka_key_file: FilePath | None = Field(None, description="PEM file of our certificate's key")
    kafka_idempotence: bool = Field(
        True, description="append each record once; false for a broker that cannot"
    )
    kafka_compression: Literal["none", "gzip", "snappy", "lz4", "zstd"] = Field(
        "none", description="how records are compressed that are written; any is read"
    )
    redis_url: SecretStr = Field(
        SecretStr("redis://localhost:6379/0"),
        description="Redis; rediss:// for TLS, redis://user:password@host to log in;"
        " redis+cluster://host:port,host:port for a cluster,"
        " redis+sentinel://host:port,host:port/primary/0 for Sentinels",
    )
    redis_ca_file: FilePath | None = Field(
        None, description="PEM file of authorities Redis's certificate must come from"
    )

    shards: int = Field(
        64,
        ge=1,
        le=1024,
        description="number of parts that counts are spread over; fixed while Redis holds counts",
    )

    inputs: Names = Field(
        ("news.raw.v1", "social.raw.v1"), description="Kafka topics of documents, comma between"
    )
    text_inputs: Names = Field(
        (), description="those of the inputs in which what is no JSON object is plain text"
    )
    schema_registry: str | None = Field(
        None, description="URL of the schema registry, for records in Avro; without a login"
    )
    schema_registry_username: str | None = Field(None, description="user for the schema registry")
    schema_registry_password: SecretStr | None = Field(
        None, description="password for the schema registry"
    )
    namespace: str = Field(
        "",
        pattern=r"^[A-Za-z0-9_-]{0,64}$",
        description="set by replays: put before every Kafka topic and Redis key",
    )
    group: str = Field("petrel", min_length=1, description="Kafka consumer group of the workers")
    partitions: int = Field(
        4, ge=1, le=1024, description="number of partitions of Kafka topics that do not exist yet"
    )
    replication: int = Field(
        1, ge=1, le=9, description="number of replicas of Kafka topics that do not exist yet"
    )

    model: Path = Field(
        DEFAULT_MODEL, description="folder of the model bundle, or of a model directory"
    )
    threads: int | None = Field(
        None, ge=1, description="number of CPU threads of the model; all cores when unset"
    )
    batch_tokens: int = Field(
        4096, ge=64, description="number of tokens in one batch of the model, at most"
    )
    watchlist: Path | None = Field(None, description="YAML file of the companies to watch")
    sources: Path | None = Field(
        None, description="YAML file that says where the fields are in records of other shapes"
    )
    unknown_fields: Literal["reject", "ignore"] = Field(
        "ignore", description="what to do with a document that has a field no document has"
    )
    max_future: float = Field(
        3600, ge=0, description="seconds ahead of our clock that a document may be dated, at most"
    )
    duplicate_hours: float = Field(
        24, ge=0.001, description="hours for which a text's near-duplicates are recognised"
    )
    duplicate_documents: int = Field(
        1_000_000,
        ge=1000,
        le=1_000_000_000,
        description="number of texts whose near-duplicates are recognised, at most; the oldest make"
        " room",
    )

    stale: float = Field(
        3600,
        ge=1,
        description="seconds of age from which a document that comes is no news: in no window, no"
        " judgement",
    )
    clock_slack: float = Field(
        0.25,
        ge=0,
        le=60,
        description="seconds by which the clocks of Kafka's brokers and of the workers may differ",
    )

    kinds: Annotated[tuple[Kind, ...], NoDecode] = Field(
        # A source may be a handle that posts once: windows of those are many, and few read them.
        ("entity", "topic", "all"),
        description="kinds of keys that have windows and alerts, comma between",
    )
    source_weights: Annotated[dict[str, float], NoDecode] = Field(
        {},
        description="weights from 0 to 1 of sources, SOURCE=WEIGHT with comma between, * for all"
        " others: the less a source weighs, the surer a negative document of it must be to count"
        " for an alert",
    )
    max_new_keys: int = Field(
        10_000,
        ge=1,
        description="number of keys of a kind that senders can make an hour; more count as ~other",
    )
    max_keys: int = Field(
        1_000_000,
        ge=1,
        description="number of keys that senders can make in all; more count as ~other",
    )
    hop_5m: int = Field(
        HOPS["5m"], ge=1, description="minutes between the ends of windows of 5 minutes: 1 or 5"
    )
    hop_1h: int = Field(
        HOPS["1h"], ge=1, description="minutes between the ends of windows of an hour; divides 60"
    )
    hop_24h: int = Field(
        HOPS["24h"],
        ge=1,
        description="minutes between the ends of windows of 24 hours; whole hours that divide 24",
    )

    alarms_per_day: float = Field(
        0.5,
        gt=0,
        allow_inf_nan=False,
        description="number of false alarms a day, over all keys, that are accepted",
    )
    # Each field of the rule is a setting of its own: PETREL_SPIKE_<NAME>.
    spike: SpikeRule = SpikeRule()
    # The same: PETREL_GROUPING_<NAME>.
    grouping: GroupRule = GroupRule()

    health_port: int | None = Field(
        None,
        ge=1,
        le=65535,
        description="TCP port of /healthz and /readyz; of several workers each has the next one",
    )
    health_host: str = Field(
        "127.0.0.1", min_length=1, description="address that /healthz and /readyz are served on"
    )

    http_token: SecretStr | None = Field(
        None,
        min_length=1,
        description="what clients of `petrel serve` must send as Authorization: Bearer",
    )

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="least severe log line that is written"
    )
    log_format: Literal["json", "text"] = Field(
        "json", description="log lines as JSON objects, or as text"
    )
    worker: int | None = Field(
        None,
        ge=1,
        description="set by `petrel worker --workers`: which of them it is, said in its log lines",
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Overrides, then the environment, and nothing else."""
        return init_settings, _Environment(settings_cls)

    @field_validator("inputs", "text_inputs", "kinds", mode="before")
    @classmethod
    def _split(cls, names: object) -> object:
        if not isinstance(names, str):
            return names
        return tuple(dict.fromkeys(name.strip() for name in names.split(",") if name.strip()))

    @field_validator("source_weights", mode="before")
    @classmethod
    def _parse_weights(cls, weights: object) -> object:
        return source_weights.parse(weights) if isinstance(weights, str) else weights

    @field_validator("kafka_bootstrap")
    @classmethod
    def _check_brokers(cls, brokers: str) -> str:
        if not re.fullmatch(_BROKERS, brokers):
            raise ValueError("must be host:port, or several with a comma between, and no URL")
        return brokers

    @field_validator("redis_url")
    @classmethod
    def _check_redis(cls, url: SecretStr) -> SecretStr:
        redis_url.parse(url.get_secret_value())
        return url

    @field_validator("hop_5m", "hop_1h", "hop_24h")
    @classmethod
    def _check_hop(cls, hop: int, info: ValidationInfo) -> int:
        size = SIZES[cast(Size, str(info.field_name).removeprefix("hop_"))]
        if size % hop:
            raise ValueError(f"must divide {size} minutes")
        if size == MAX_SIZE and hop % MINUTES_AN_HOUR:
            raise ValueError("must be whole hours, in minutes")
        return hop

    @model_validator(mode="after")
    def _check(self) -> "Settings":
        if not self.inputs:
            raise ValueError("PETREL_INPUTS names no Kafka topic")
        if not self.kinds:
            raise ValueError("PETREL_KINDS names no kind of keys")
        if self.kafka_security_protocol.startswith("SASL") and not (
            self.kafka_username and self.kafka_password
        ):
            raise ValueError("SASL needs PETREL_KAFKA_USERNAME and PETREL_KAFKA_PASSWORD")
        # Here, where the value is not shown: it may hold a password all the same.
        if self.schema_registry and not re.fullmatch(_REGISTRY, self.schema_registry):
            raise ValueError(
                "PETREL_SCHEMA_REGISTRY must be http://host:port or https://host, without a login:"
                " that is in PETREL_SCHEMA_REGISTRY_USERNAME and _PASSWORD"
            )
        return self

    @property
    def hops(self) -> dict[Size, int]:
        """Minutes between the ends of windows of each size."""
        return {"5m": self.hop_5m, "1h": self.hop_1h, "24h": self.hop_24h}

    @property
    def is_replay(self) -> bool:
        """Whether this is the namespace of a replay, which gives the times itself."""
        return self.namespace.startswith(REPLAY_PREFIX)

    @property
    def topics(self) -> Topics:
        """The names of our Kafka topics in this namespace."""
        return Topics(self.namespace)

    @property
    def input_topics(self) -> list[str]:
        """The input Kafka topics as they are called in this namespace."""
        return [self.topics.named(name) for name in self.inputs]


def load(**overrides: object) -> Settings:
    """The settings of the environment, with `overrides` on top.

    Raises:
        SettingsError: a setting breaks its rule.
    """
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        raise SettingsError("\n".join(map(_explain, error.errors()))) from None


def overrides(variables: Mapping[str, str]) -> dict[str, Any]:
    """What `load` is given to go by these variables, and else by the environment.

    Raises:
        SettingsError: one of them is no setting.
    """
    known, found = list(described()), dict[str, Any]()
    for variable, value in variables.items():
        if variable not in known:
            raise SettingsError(_unknown_sentence(variable, known))
        name = variable.removeprefix(_PREFIX).lower()
        group, _, inner = name.partition(_NESTED)
        if name in Settings.model_fields:
            found[name] = value
        else:
            found.setdefault(group, {})[inner] = value
    return found


def masked(settings: Settings) -> dict[str, str]:
    """Every setting as it may be shown: `PETREL_<NAME>` -> value, secrets masked."""
    return {_variable(name): _show(name, value) for name, value in _flat(settings)}


def described() -> dict[str, str]:
    """Every setting: `PETREL_<NAME>` -> what it is."""
    fields = _flat_fields(Settings.model_fields).items()
    return {_variable(name): field.description or "" for name, field in fields}


def unknown(names: Iterable[str] = os.environ) -> list[str]:
    """A sentence for each of `names` that begins like a setting and is none."""
    known = list(described())
    unknown_names = {name for name in names if name.upper().startswith(_PREFIX)}
    return [
        _unknown_sentence(name, known)
        for name in sorted(unknown_names)
        if name.upper() not in known
    ]


def environment(settings: Settings) -> dict[str, str]:
    """The settings as the environment variables that give the same ones again."""
    return {_variable(name): _plain(value) for name, value in _flat(settings)}


def _flat(settings: BaseModel) -> Iterator[tuple[str, Any]]:
    """Names and values, those of a group under its name: `spike_history`."""
    for name, value in settings:
        if isinstance(value, BaseModel):
            yield from ((f"{name}{_NESTED}{inner}", found) for inner, found in _flat(value))
        else:
            yield name, value


def _flat_fields(fields: Mapping[str, FieldInfo]) -> dict[str, FieldInfo]:
    flat: dict[str, FieldInfo] = {}
    for name, field in fields.items():
        if isinstance(field.default, BaseModel):
            inner = _flat_fields(type(field.default).model_fields)
            flat |= {f"{name}{_NESTED}{one}": info for one, info in inner.items()}
        else:
            flat[name] = field
    return flat


def _plain(value: object) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if value is None:
        # An empty variable is one that is not set, whatever the parent's own environment says.
        return ""
    return _joined(value)


def _show(name: str, value: object) -> str:
    if name == "redis_url" and isinstance(value, SecretStr):
        return _without_password(value.get_secret_value())
    if isinstance(value, SecretStr):
        return _MASK
    return "" if value is None else _joined(value)


def _joined(value: object) -> str:
    if isinstance(value, dict):
        return ",".join(f"{name}={one}" for name, one in value.items())
    return ",".join(value) if isinstance(value, tuple) else str(value)


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    query = _MASK if "password=" in parts.query else parts.query
    if parts.password is None:
        return urlunsplit(parts._replace(query=query))
    host = parts.netloc.rpartition("@")[2]
    login = f"{parts.username or ''}:{_MASK}@{host}"
    return urlunsplit(parts._replace(netloc=login, query=query))


def _unknown_sentence(name: str, known: list[str]) -> str:
    return f"{name} is no setting{did_you_mean(name.upper(), known, _PREFIX)}"


def _variable(name: str) -> str:
    return _PREFIX + name.upper()


def _explain(item: Any) -> str:
    rule = item["msg"].removeprefix("Value error, ")
    if not item["loc"]:
        return str(rule)
    name = _NESTED.join(part for part in item["loc"] if isinstance(part, str))
    field = _flat_fields(Settings.model_fields).get(name)
    is_secret = field is not None and "SecretStr" in str(field.annotation)
    return f"{_variable(name)}: {rule}" + ("" if is_secret else f", not {item['input']!r}")
