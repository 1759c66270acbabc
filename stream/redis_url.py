"""Where Redis is, as `PETREL_REDIS_URL` says it."""

from typing import Literal
from urllib.parse import SplitResult, unquote, urlsplit

from msgspec import Struct

_CLUSTER, _SENTINEL = "+cluster", "+sentinel"
_PORTS = {"cluster": 6379, "sentinel": 26379}

RULE = (
    "must be redis://host:port/0, rediss://... for TLS, unix://path,"
    " redis+cluster://host:port,host:port or redis+sentinel://host:port,host:port/primary/0"
)


class RedisAddress(Struct, frozen=True):
    """A server, a cluster's nodes, or Sentinels that know the primary called `service`."""

    kind: Literal["server", "cluster", "sentinel"]
    url: str
    tls: bool = False
    hosts: tuple[tuple[str, int], ...] = ()
    username: str | None = None
    password: str | None = None
    service: str = ""
    database: int = 0


def parse(url: str) -> RedisAddress:
    """The address that `url` gives.

    Raises:
        ValueError: it gives none; the message states the rule, and not the URL, which may hold a
            password.
    """
    parts = urlsplit(url)
    scheme = parts.scheme.removesuffix(_CLUSTER).removesuffix(_SENTINEL)
    if scheme not in ("redis", "rediss"):
        if scheme == "unix" and parts.scheme == scheme:
            return RedisAddress("server", url)
        raise ValueError(RULE)
    if parts.scheme.endswith(_CLUSTER):
        if parts.path not in ("", "/", "/0"):
            raise ValueError(f"{RULE}; a cluster has no database but 0")
        return _many("cluster", url, parts)
    if parts.scheme.endswith(_SENTINEL):
        return _many("sentinel", url, parts)
    return RedisAddress("server", url, tls=scheme == "rediss")


def _many(kind: Literal["cluster", "sentinel"], url: str, parts: SplitResult) -> RedisAddress:
    login, _, hosts = parts.netloc.rpartition("@")
    username, _, password = login.partition(":")
    service, database = "", "0"
    if kind == "sentinel":
        service, _, database = parts.path.strip("/").partition("/")
    if (not service and kind == "sentinel") or not (database or "0").isdigit():
        raise ValueError(RULE)
    return RedisAddress(
        kind,
        url,
        tls=parts.scheme.startswith("rediss"),
        hosts=tuple(_host(host, _PORTS[kind]) for host in hosts.split(",")),
        username=unquote(username) or None,
        password=unquote(password) or None,
        service=unquote(service),
        database=int(database or 0),
    )


def _host(text: str, port: int) -> tuple[str, int]:
    host, colon, number = text.rpartition(":")
    if not colon:
        return text, port
    if not host or not number.isdigit() or not 0 < int(number) < 65536:
        raise ValueError(RULE)
    return host, int(number)
