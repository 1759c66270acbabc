"""`petrel sources check`: what becomes of somebody's file, and the options that make it so."""

import json
import shlex
from pathlib import Path

import pytest

from tests.commands import ROOT, petrel
from tests.feed_samples import FEEDS, Feed

NESTED = {
    "items": [
        {
            "head": {"headline": "Orvane falls"},
            "payload": {"body": "Shares of Orvane fell by a tenth on Tuesday."},
            "meta": {"ts": "2026-11-25 10:00", "tickers": ["ORV"]},
        }
    ]
}
OURS = {"text": "Orvane falls", "id": "7"}


def test_a_mapping_is_proposed_and_its_fields_are_shown(tmp_path: Path) -> None:
    path = tmp_path / "news.json"
    path.write_text(json.dumps(NESTED))

    done = petrel("sources", "check", str(path))

    assert done.exit_code == 0
    assert "  title            1  head.headline: Orvane falls" in done.stderr
    assert "--field text=payload.body" in done.stdout
    assert "--records items --timezone UTC" in done.stdout


def test_the_proposal_used_as_it_is_gives_all_documents(tmp_path: Path) -> None:
    path = tmp_path / "news.json"
    path.write_text(json.dumps(NESTED))
    proposed = shlex.split(petrel("sources", "check", str(path)).stdout)

    again = petrel("sources", "check", str(path), *proposed[4:])

    assert (again.exit_code, again.stderr.splitlines()[0][-11:]) == (0, "1 documents")


def test_what_is_of_our_own_form_needs_no_option(tmp_path: Path) -> None:
    path = tmp_path / "news.jsonl"
    path.write_text(json.dumps(OURS))

    assert petrel("sources", "check", str(path)).stdout == f"petrel feed TOPIC {path}\n"


@pytest.mark.parametrize(
    ("rows", "rule"),
    [
        ('{"text": "a"}\n{"text": "[removed]"}\n', "lost 1 × there is neither a text nor a title"),
        ('{"text": "a"}\n{"text": \n', "lost: news.jsonl, line 2: not JSON in UTF-8"),
    ],
)
def test_a_record_that_makes_no_document_is_told(tmp_path: Path, rows: str, rule: str) -> None:
    path = tmp_path / "news.jsonl"
    path.write_text(rows)

    done = petrel("sources", "check", str(path))

    assert done.exit_code == 1
    assert rule in done.stderr


def test_what_is_cut_is_told(tmp_path: Path) -> None:
    path = tmp_path / "news.jsonl"
    path.write_text(json.dumps({**OURS, "author": "a" * 300}))

    done = petrel("sources", "check", str(path), "--field", "text=text")

    assert "noted 1 × author: cut to 256 of 300 characters" in done.stderr


@pytest.mark.parametrize("feed", FEEDS, ids=lambda feed: feed.file)
def test_the_proposal_for_a_feed_gives_all_of_its_documents(feed: Feed) -> None:
    path = str(ROOT / "tests/feeds" / feed.file)
    proposed = shlex.split(petrel("sources", "check", path).stdout)

    again = petrel("sources", "check", path, *proposed[4:])

    assert again.stderr.splitlines()[0].endswith(f": {feed.documents} documents")
