"""Made-up alerts for tests."""

from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from schemas import Alert, Baseline, Evidence, GroupAlert, GroupMember, SentimentWindow
from stream.grouping.group_reason import group_reason
from stream.windows.reason import reason

AT = datetime(2026, 3, 17, 12, 2, tzinfo=UTC)


def alert(**fields: Any) -> Alert:
    """An alert about Corvane Air, but for `fields`."""
    window = SentimentWindow(
        kind="entity",
        subject="corvane-air",
        size="1h",
        start=AT - timedelta(hours=1),
        end=AT,
        documents=16,
        negative=14,
        neutral=2,
        positive=0,
        sentiment=-0.7,
    )
    baseline = Baseline(
        negative=0.812, share=0.21, documents=120, hours=30, count_p_value=1e-9, share_p_value=1e-4
    )
    usual: dict[str, Any] = {
        "id": "t1",
        "alert": "a1",
        "rule": "negative-spike",
        "transition": "open",
        "severity": "critical",
        "score": 91,
        "kind": "entity",
        "subject": "corvane-air",
        "opened_at": AT,
        "at": AT,
        "window": window,
        "distinct": 12,
        "baseline": baseline,
        "documents": [evidence(f"Corvane Air grounds its fleet, part {n}") for n in range(3)],
    }
    made = Alert(**{**usual, **fields})
    return replace(made, reason=reason(made))


def group(*subjects: str, **fields: Any) -> GroupAlert:
    """A group alert of the companies `subjects`, but for `fields`."""
    members = [
        GroupMember(
            alert=f"a-{subject}", subject=subject, severity="warning", score=70 - n, opened_at=AT
        )
        for n, subject in enumerate(subjects)
    ]
    usual: dict[str, Any] = {
        "id": "g1",
        "alert": "g",
        "rule": "group",
        "transition": "open",
        "severity": "warning",
        "score": 70,
        "kind": "group",
        "subject": "companies",
        "opened_at": AT,
        "at": AT,
        "first": AT - timedelta(minutes=9),
        "latest": AT,
        "companies": len(subjects),
        "unresolved": len(subjects),
        "members": members,
        "documents": [evidence("Acme falls")],
    }
    made = GroupAlert(**{**usual, **fields})
    return replace(made, reason=group_reason(made))


def evidence(text: str) -> Evidence:
    """A negative document of `text`."""
    return Evidence(
        id="d1", text=text, negative=0.97, published_at=AT, source="newswire", arrived_at=AT
    )
