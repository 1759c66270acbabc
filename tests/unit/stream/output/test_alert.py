from msgspec.structs import replace

from schemas import Evidence, encode
from stream.output.alert import alert_outgoing, cut_alert, cut_group
from stream.records import MIN_RECORD_BYTES, Outgoing
from tests.records import ALERT, GROUP_ALERT, NOON, WINDOW

WORST = "\x01" * 256  # Six bytes each in JSON.
EVIDENCE = Evidence(id="n-1", text="Acme warns", negative=0.9, published_at=NOON, source="wire")


def test_an_alert_that_fits_stays_as_it_is() -> None:
    assert cut_alert(ALERT, len(encode(ALERT))) == ALERT


def test_the_last_evidence_goes_first() -> None:
    documents = [replace(EVIDENCE, id=f"n-{number}") for number in range(3)]
    alert = replace(ALERT, documents=documents)

    smaller = cut_alert(alert, len(encode(alert)) - 1)

    assert smaller.documents == documents[:2]
    assert smaller.notes == ["documents: the first 2 of 3 kept to fit in Kafka"]


def test_the_largest_window_fits_in_the_least_that_a_topic_must_take() -> None:
    window = replace(WINDOW, subject=WORST)

    assert Outgoing("windows", window.key.encode(), encode(window)).size <= MIN_RECORD_BYTES


def test_the_largest_alert_can_be_cut_to_the_least_that_a_topic_must_take() -> None:
    large = replace(EVIDENCE, id=WORST, text="\x01" * 280, source=WORST, url=WORST * 16)
    alert = replace(ALERT, subject=WORST, documents=[large] * 3)
    record = alert_outgoing(replace(alert, window=replace(ALERT.window, subject=WORST)), "alerts")

    assert record.cut
    assert record.size < 110_000
    assert record.cut(MIN_RECORD_BYTES).size <= MIN_RECORD_BYTES


def test_of_a_group_the_last_members_go_when_no_document_is_left() -> None:
    members = [replace(GROUP_ALERT.members[0], subject=f"c{number}") for number in range(9)]
    alert = replace(GROUP_ALERT, members=members)
    without = replace(
        alert, documents=[], notes=["documents: the first 0 of 1 kept to fit in Kafka"]
    )

    assert cut_group(alert, len(encode(alert))) == alert
    assert cut_group(alert, len(encode(without))) == without
    assert cut_group(alert, len(encode(without)) - 1).members == members[:-1]


def test_the_largest_group_can_be_cut_to_the_least_that_a_topic_must_take() -> None:
    member = replace(GROUP_ALERT.members[0], subject=WORST)
    large = replace(EVIDENCE, id=WORST, text="\x01" * 280, source=WORST, url=WORST * 16)
    alert = replace(GROUP_ALERT, members=[member] * 100, documents=[large] * 5)
    record = alert_outgoing(alert, "alerts")

    assert record.cut
    assert record.cut(MIN_RECORD_BYTES).size <= MIN_RECORD_BYTES
