"""Counts what came of a replay that was kept: `python -m tests.verify NAMESPACE FILE`.

FILE is the JSONL that was replayed; its ids must come out once each, as a scored record or a dead
letter, and the windows must equal a plain batch computation over the scored records.
"""

import asyncio
import sys
from collections import Counter
from pathlib import Path

import orjson

from schemas import ScoredDocument, SentimentWindow, decode
from schemas.deadletter import dead_letter_topic
from stream.kafka import read_to_end
from stream.settings import Settings, load
from tests import oracle
from tests.faults.verdict import records

_SHOWN = 5


async def verify(settings: Settings, path: Path) -> bool:
    """Print the counts; true when nothing is missing, repeated or different."""
    topics = settings.topics
    ids = Counter(str(orjson.loads(line)["id"]) for line in path.open("rb"))
    scored = await records(settings, topics.scored)
    given = [decode(one.value, ScoredDocument) for one in scored if one.value is not None]
    documents, counted = oracle.once(given), oracle.counted(scored, settings.stale)
    letters = dead_letter_topic(topics.named("documents.v1"))
    dead = [str(orjson.loads(m.value)["id"]) async for m in read_to_end(settings, letters)]
    out = Counter(one.id for one in documents) + Counter(dead)
    windows = [
        decode(m.value, SentimentWindow) async for m in read_to_end(settings, topics.windows)
    ]
    expected = oracle.windows(counted, settings.kinds)
    wrong = list(oracle.differences(expected, oracle.emitted(windows)))
    print(f"documents {ids.total()}, scored {len(documents)}, dead letters {len(dead)}")
    print(f"records of the scored Kafka topic beyond one each: {len(given) - len(documents)}")
    print(f"stale {len(documents) - len(counted)}")
    print(f"ids missing {len(ids - out)}, ids more than once {len(out - ids)}")
    print(f"copies {sum(one.novelty.first is not None for one in documents)}")
    print(f"windows expected {len(expected)}, emitted {len(windows)}, different {len(wrong)}")
    print(*wrong[:_SHOWN], sep="\n")
    return out == ids and not wrong


if __name__ == "__main__":
    given = load(namespace=sys.argv[1])
    raise SystemExit(not asyncio.run(verify(given, Path(sys.argv[2]))))
