import pytest

from stream.clients.polling import address


@pytest.mark.parametrize(
    "url", ["https://example.org/rss.xml", "http://desk:secret@[::1]:8080/", "HTTP://EXAMPLE.ORG"]
)
def test_a_url_of_http_with_a_host_is_accepted(url: str) -> None:
    assert address.check(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://a/b",
        "example.org/rss",
        "http://",
        "http://a:99999/",
        "http://[",
    ],
)
def test_any_other_url_is_refused(url: str) -> None:
    with pytest.raises(address.AddressError, match="http or https"):
        address.check(url)


def test_a_url_is_shown_without_login_query_and_fragment() -> None:
    shown = address.shown("https://desk:secret@example.org:8443/a/b?token=secret#secret")
    assert shown == "https://example.org:8443/a/b"
