"""Types the commands of the README and of the pages in `docs/`, as they stand there."""

import gzip
import json
import re
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from petrel.embedded import HOST, free_port
from tests.moods import write_csv
from tests.pages import ROOT, Block, blocks
from tests.terminals import SETTINGS, Terminals, terminals
from tests.web import entry, rss

# What a page promises comes seconds later, or a minute where the cores are busy; or never.
PATIENCE_SECONDS = 120

_SERVERS = f"petrel dev > {SETTINGS}"


def blocks_to_type(page: Path) -> list[Block]:
    """The blocks of commands, but for those that give a reason not to be run."""
    return [block for block in blocks(page) if block.commands and not block.reason]


def commands_to_type(page: Path) -> list[str]:
    return [command for block in blocks_to_type(page) for command in block.commands]


def version_of(model: str) -> str:
    """What bash puts in the place of a version that only the page's model had."""
    return f"$(petrel model list models/live | grep ' {model} ' | grep -o '[0-9a-f]\\{{12\\}}')"


# What a page says and the test says otherwise: no port is fixed, no address on the Internet.
_PORTS = [free_port() for _ in range(3)]
_HEALTH, _HTTP, _FEEDS = (f"{HOST}:{port}" for port in _PORTS)
INSTEAD = {
    "localhost:8080": _HEALTH,
    "localhost:8088": _HTTP,
    "petrel serve news.raw.v1": f"petrel serve news.raw.v1 --port {_PORTS[1]}",
    "https://example.org": f"http://{_FEEDS}",
    "https://example.com": f"http://{_FEEDS}",
    # Two that poll the same feeds: the page means one or the other.
    "--once": "--once --state once.json",
    "--task …": "--task sentiment=tweets.csv --labels sentiment=negative,positive,neutral",
    "6c5a8baa4260": version_of("starter"),
    "04a3e59203b7": version_of("desk"),
}

# What is done by then, of which a page says nothing or says it in a sentence.
BEFORE = {
    "feed.md": [f"python -u -m http.server --bind {HOST} {_PORTS[2]}"],
    "operate.md": [
        f"PETREL_HEALTH_PORT={_PORTS[0]} petrel worker --watchlist petrel/sample/watchlist.yaml"
    ],
    "train.md": ["petrel feed desk.raw.v1 n17.jsonl --create"],
}

# What goes on until Ctrl-C, and what it shows when it is ready.
GOES_ON = {
    "petrel dev": "The last raises an alert",
    "posts.raw --workers 2": "(?s)(?=.*worker 1 INFO +partitions)(?=.*worker 2 INFO +partitions)",
    "petrel worker": "partitions assigned",
    "petrel serve": "takes documents for",
    "petrel poll": "(?s)polled .*polled ",
    "python -u -m http.server": "Serving HTTP",
}

# What shows something only when something new comes.
FOLLOWS = {"petrel alerts --follow": "OPEN", "petrel shadow": "negative +-> positive"}

# What comes, over and over until it is shown, for a page that leaves it to the reader.
COMES = {"petrel shadow": "echo acme rises $RANDOM $RANDOM $RANDOM | petrel feed desk.raw.v1"}

# What the others show, when what goes on beside them has done its work.
SHOWS = {
    "petrel sources": "2 records of posts.raw: 2 documents",
    "petrel replay petrel/sample/day.jsonl": "562 scored, 0 dead letters, 0 missing",
    "petrel replay petrel/sample/wreck.txt": "15 scored, 0 dead letters, 0 missing",
    "petrel detect": "0.82  2026-03-17 13:00  35",
    "petrel dlq list": "there is neither a text nor a title",
    "petrel scored": "negative .* Kelvarra",
    "petrel status": "workers +1",
    "curl": '"accepted":|"healthy":true|"ready":',
    "petrel model rollback": "is active again in models/live",
    "petrel feedback save": "1 corrected documents",
    "petrel optimize": "times the speed",
    "echo 'Mind the gap": "2 mentions of 2 companies in 1 of 1 lines",
}


def write_feeds(folder: Path) -> None:
    tweet = {"id_str": "1", "text": "Kelvarra is on fire again", "created_at": 1795632328}
    (folder / "tweets.jsonl.gz").write_bytes(gzip.compress(json.dumps(tweet).encode()))
    (folder / "rss.xml").write_bytes(rss(entry("a")))
    (folder / "atom.xml").write_bytes(rss(entry("b")))
    (folder / "day.jsonl").symlink_to(ROOT / "petrel/sample/day.jsonl")


def write_labelled(folder: Path) -> None:
    numbered = {"negative": 0, "positive": 1, "neutral": 2}
    for name, count in (("tweets.csv", 40), ("held_out.csv", 15)):
        path = write_csv(folder / name, count)
        text = path.read_text()
        for label, number in numbered.items():
            text = text.replace(f",{label}\n", f",{number}\n")
        path.write_text(text)
    rows = [f"acme {word} {number},{number % 2}\n" for number in range(20) for word in ("a", "b")]
    (folder / "news.csv").write_text("text,label\n" + "".join(rows))
    (folder / "classes.txt").write_text("deals\nearnings\n")
    (folder / "archive.csv.gz").write_bytes(gzip.compress(b"text\nAcme cuts its outlook\n"))
    (folder / "n17.jsonl").write_text('{"id": "n17", "text": "Acme holds what it has"}\n')


COMPANIES = """
entities:
  - {id: gap, names: [Gap], tickers: [GAP]}
  - {id: apple, names: [Apple], tickers: [AAPL]}
  - {id: apple-records, names: [Apple]}
"""


def write_companies(folder: Path) -> None:
    (folder / "companies.yaml").write_text(COMPANIES)


def write_known_and_series(folder: Path) -> None:
    event = "entity:kelvarra-cells,2026-03-17T12:00:00Z,2026-03-17T18:00:00Z"
    (folder / "known.csv").write_text(f"key,start,end\n{event}\n")
    hour = [f"2026-03-17 12:{minute:02},{20 + minute % 2}" for minute in range(60)]
    (folder / "series.csv").write_text("\n".join(["timestamp,value", *hour, "2026-03-17 13:00,35"]))


FILES: dict[str, Callable[[Path], None]] = {
    "feed.md": write_feeds,
    "replay.md": write_known_and_series,
    "train.md": write_labelled,
    "watchlist.md": write_companies,
}


def write_starter(folder: Path) -> None:
    """Write a small model to which every text is bad news, so that alerts open."""
    import torch

    from bundle import manifest
    from bundle.network import Network
    from tests import tiny

    tiny.write_bundle(folder, tiny.write_base(folder.with_name("base")))
    network = Network.load(folder, tiny.HEADS)
    with torch.no_grad():
        network.head("sentiment").weight.zero_()
        network.head("sentiment").bias.copy_(torch.tensor([3.0, 0.0, 0.0]))
    network.save(folder)
    manifest.seal(
        folder, name="starter", base_model="tiny", max_length=tiny.LENGTH, heads=tiny.HEADS
    )


def clone(folder: Path) -> None:
    """Make `folder` what one has who has cloned the repository and trained the starter model."""
    tracked = subprocess.check_output(["git", "ls-files", "-z"], cwd=ROOT, text=True)
    for name in {path.partition("/")[0] for path in tracked.split("\0") if path}:
        (folder / name).symlink_to(ROOT / name)
    (folder / "models/base").mkdir(parents=True)
    write_starter(folder / "models/starter")


def type_page(page: Path, folder: Path) -> None:
    """Type the commands of `page` in `folder`, which is empty, and see that they work."""
    clone(folder)
    if page.name in FILES:
        FILES[page.name](folder)
    servers = [] if _SERVERS in commands_to_type(page) else [_SERVERS]
    before = Block("\n".join([*servers, *BEFORE.get(page.name, [])]), None)

    with terminals(folder) as opened:
        for block in [before, *blocks_to_type(page)]:
            type_in(opened, block)
        opened.interrupt()


def type_in(terminals: Terminals, block: Block) -> None:
    """Type the commands of `block`, and see that each does what it is for."""
    following = []
    for command in map(as_here, block.commands):
        if pattern := said_of(command, FOLLOWS):
            following.append((command, pattern, terminals.start(command)))
        elif (pattern := said_of(command, GOES_ON)) and "--once" not in command:
            terminal = terminals.start(command.removesuffix("&"))
            assert terminal.shows(pattern, PATIENCE_SECONDS), terminal.told()
        else:
            run_until(terminals, command, said_of(command, SHOWS) or "")
    for command, pattern, terminal in following:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not terminal.shows(pattern, seconds=1):
            assert time.monotonic() < deadline, terminal.told()
            if comes := said_of(command, COMES):
                terminals.run(comes)


def run_until(terminals: Terminals, command: str, pattern: str) -> None:
    """Run `command` again and again until `pattern` is in what it shows."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not re.search(pattern, output := terminals.run(command)):
        assert time.monotonic() < deadline, output


def as_here(command: str) -> str:
    for theirs, ours in INSTEAD.items():
        command = command.replace(theirs, ours)
    return command


def said_of(command: str, table: Mapping[str, str]) -> str | None:
    return next((said for what, said in table.items() if what in command), None)
