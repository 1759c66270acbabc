import pytest

from bundle.text.language import language


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Acme beats estimates", "en"),
        ("$ACME", "en"),
        ("Nestlé and Société Générale agree on a price", "en"),
        ("Ida von der Heide is the head of risk and compliance", "en"),
        ("央行意外降息", "zh"),
        ("颱風逼近，明日停班", "zh"),
        ("Acme 苹果 Q3 profit 大跌两成", "zh"),
        ("Acme, known as 苹果, falls in late trade", "en"),
        ("Der Umsatz von Acme steigt", None),
        ("Les actions chutent après les résultats", None),
        ("アクメの株価が急落した", None),
        ("아크메 주가가 급락했다", None),
        ("Акции упали в понедельник", None),
        ("🚀🚀 5.08%", None),
        ("", None),
    ],
)
def test_language_of_a_text(text: str, expected: str | None) -> None:
    assert language(text) == expected
