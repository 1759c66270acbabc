"""URLs of feeds: which are accepted, and how they may be shown."""

from urllib.parse import urlsplit

from schemas.errors import PetrelError

_SCHEMES = ("http", "https")


class AddressError(PetrelError):
    """A URL that cannot be polled; the message states the rule."""


def check(url: str) -> str:
    """`url`; raises `AddressError` when it is not one of http or https with a host."""
    try:
        parts = urlsplit(url)
        # The port is checked when it is read.
        usable = parts.scheme in _SCHEMES and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        # Not the URL: it may hold a login where no parser finds it.
        raise AddressError("a feed has a URL such as https://example.org/feed.xml: http or https")
    return url


def shown(url: str) -> str:
    """Scheme, host and path of `url`: a login, or a token in the query, is for no log."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def host(url: str) -> str:
    """The host of `url`, without its port."""
    return urlsplit(url).hostname or ""
