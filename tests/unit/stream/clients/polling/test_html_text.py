import pytest

from stream.clients.polling.html_text import html_text, plain_text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("Acme <b>warns</b>", "Acme warns"),
        ("<p>One</p><p>two<br/>three</p>", "One\ntwo\nthree"),
        ("<ul><li>a<li>b</ul>", "a\nb"),
        ("<table><tr><td>a</td><td>b</td></tr></table>", "a b"),
        ("a\n  b\tc", "a b c"),
        ("AT&amp;T &#8364; &euro; &#x6d77;", "AT&T € € 海"),
        ("a&nbsp;b", "a b"),
        ("5 < 6 & 7 > 3", "5 < 6 & 7 > 3"),
        ("<script>alert('x')</script>a<style>p{}</style>b", "ab"),
        ("a<!-- hidden -->b", "ab"),
        ("a<![if !x]>b<![endif]>c<![", "a b c"),
        ("<p>never <b>closed", "never closed"),
        ("", ""),
    ],
)
def test_html_is_read_as_text(markup: str, text: str) -> None:
    assert html_text(markup) == text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("&lt;p&gt;Acme &amp;amp; Co&lt;/p&gt;&lt;p&gt;warns&lt;/p&gt;", "Acme & Co\nwarns"),
        ("AT&amp;amp;T", "AT&T"),
        ("<p>write &lt;b&gt;</p>", "write <b>"),
    ],
)
def test_what_is_escaped_twice_is_read_twice(markup: str, text: str) -> None:
    assert html_text(markup) == text


def test_plain_text_keeps_its_lines_and_loses_blanks_and_controls() -> None:
    assert plain_text(" a\x00b  c \r\n\n\td\ud800\x1b[1m<p>") == "ab c\nd[1m<p>"
