"""Where Redis is, in the forms that the setting takes."""

import pytest

from stream.redis_url import RedisAddress, parse


def test_cluster_is_any_of_its_nodes() -> None:
    url = "rediss+cluster://me:p%40ss@one:7000,two"

    assert parse(url) == RedisAddress(
        "cluster",
        url,
        tls=True,
        hosts=(("one", 7000), ("two", 6379)),
        username="me",
        password="p@ss",  # noqa: S106 - of nobody
    )


def test_sentinels_know_a_primary_by_its_name() -> None:
    url = "redis+sentinel://one:26380,two/petrel/3"

    assert parse(url) == RedisAddress(
        "sentinel", url, hosts=(("one", 26380), ("two", 26379)), service="petrel", database=3
    )


@pytest.mark.parametrize("url", ["redis://one:6379/0", "rediss://one", "unix:///redis.sock"])
def test_one_server_is_what_the_client_takes(url: str) -> None:
    address = parse(url)

    assert (address.kind, address.url) == ("server", url)


@pytest.mark.parametrize(
    "url",
    [
        "http://hunter2@one",
        "redis+cluster://one:7000/3",
        "redis+cluster://one:port",
        "redis+sentinel://one:26379",
        "redis+sentinel://one/petrel/first",
        "unix+cluster://one",
    ],
)
def test_other_urls_are_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(ValueError, match="must be redis://host:port/0") as caught:
        parse(url)

    assert "hunter2" not in str(caught.value)
