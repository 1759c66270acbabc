"""The report, whose texts are hostile."""

from html.parser import HTMLParser

from petrel.report.content import MAX_KEYS, Report, alerting_keys
from petrel.report.page import html
from schemas import AnyAlert
from schemas.times import to_millis
from stream.backtest.key_course import KeyCourse, Span
from stream.backtest.known_events import Figures
from stream.clients.backtest.runner import BacktestResult
from stream.clients.backtest.sweep import Trial
from stream.windows.buckets import Bucket
from tests.alerts import AT, alert, evidence, group

HOSTILE = "</ul><script>alert(1)</script><img src=x onerror='y'>\u202ereversed\n\x1b[2J"
START = to_millis(AT) // 1000 - 600
SPANS = [Span(START + 60 * n, Bucket(2, 1, 0, -30), 0.5, 0.2) for n in range(20)]


class Tags(HTMLParser):
    """The names of the elements of a page, and of their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}


def page(*alerts: AnyAlert, key: str = "entity:corvane-air", trials: tuple[Trial, ...] = ()) -> str:
    result = BacktestResult(
        alerts=list(alerts), documents=40, stale=1, repeats=2, unread=0, first=START, last=START
    )
    courses = [KeyCourse(key, 60, SPANS)] if alerts else []
    figures = Figures(1.0, len(alerts), 1.0)
    return html(
        Report(title=HOSTILE, result=result, figures=figures, courses=courses, trials=trials)
    )


def test_hostile_texts_are_shown_as_they_are() -> None:
    hostile = alert(documents=[evidence(HOSTILE)], subject=HOSTILE)

    found = page(hostile, key=f"entity:{HOSTILE}")

    tags = Tags(found)
    assert not tags.names & {"script", "img", "a", "iframe", "link"}
    assert not [name for name in tags.attributes if name.startswith("on")]
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in found
    assert "\u202e" not in found
    assert "\x1b" not in found


def test_the_page_allows_no_script_and_nothing_from_elsewhere() -> None:
    found = page(alert())

    assert "content=\"default-src 'none'; style-src 'unsafe-inline'\"" in found
    assert "http" not in found.replace("http-equiv", "")


def test_an_alert_is_shown_with_its_end_and_its_documents() -> None:
    found = page(alert(), alert(transition="resolve", at=AT.replace(hour=13)))

    summary = (
        "2026-03-17 12:02 to 2026-03-17 13:02, critical 91: 14 negative of 16 (88 %) in an hour"
    )
    assert f"{summary}, 12 stories; usual: less than one, 21 %; first shown: newswire" in found
    assert "Corvane Air grounds its fleet, part 0" in found
    assert "one minute" in found


def test_a_group_is_shown_with_its_companies_and_in_their_charts() -> None:
    members = ("corvane-air", HOSTILE)
    found = page(group(*members), group(*members, transition="resolve", unresolved=0))

    assert "<h2>Many companies at once</h2>" in found
    assert "Over after a minute: 2 companies turned negative within 9 minutes; highest" in found
    assert "alerts: 0, in a group: 1" in found
    assert found.count('class="alert" d="M') == 2
    assert not Tags(found).names & {"script", "img"}


def test_a_sweep_is_a_table_by_the_number_of_alerts() -> None:
    trials = tuple(
        Trial({"PETREL_STALE": value}, Figures(2.0, count, count / 2, 0.5, 0.25, 90.0))
        for value, count in (("9", 8), ("60", 2))
    )

    found = page(trials=trials)

    assert (
        "<tr><td>60</td><td>2</td><td>1</td><td>0.50</td><td>0.25</td><td>90 s</td></tr>" in found
    )
    assert found.index("<td>60</td>") < found.index("<td>9</td>")
    assert "<title>PETREL_STALE=60: 2 alerts, 1 a day; precision 0.50" in found
    assert "<p>None.</p>" in found


def test_without_known_events_a_sweep_is_no_chart() -> None:
    assert "<circle" not in page(trials=(Trial({"PETREL_STALE": "9"}, Figures(2.0, 8, 4.0)),))


def test_the_keys_that_alert_most_come_first_and_not_all_of_them() -> None:
    alerts = [alert(subject=f"c{n}") for n in range(40)] + [alert(subject="c39")]

    keys = alerting_keys(alerts)

    assert (keys[0], len(keys)) == ("entity:c39", MAX_KEYS)


def test_members_of_a_group_are_keys_that_alert() -> None:
    assert alerting_keys([group("acme", "bolt"), alert(subject="acme")])[:2] == [
        "entity:acme",
        "entity:bolt",
    ]
