"""The README and the pages in `docs/`: their blocks, and the commands that stand in them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]

PROGRAMS = frozenset({"cat", "curl", "docker", "echo", "make", "petrel", "python"})

# The reason why a block is not run stands on the line before it.
_BLOCK = re.compile(
    r"(?:^<!-- not run: (?P<reason>[^\n]+) -->\n)?^```(?P<language>\w*)\n(?P<text>.*?)^```",
    re.MULTILINE | re.DOTALL,
)
_COMMENT = re.compile(r"<!--.*?-->\n?", re.DOTALL)
_PROMPT = "$ "
_VARIABLE = re.compile(r"\w+=.*")


@dataclass(frozen=True, slots=True)
class Block:
    """A block of a page; `reason` says why its commands are not run, if they are not."""

    text: str
    reason: str | None

    @property
    def lines(self) -> list[str]:
        return self.text.replace("\\\n", " ").splitlines()

    @property
    def commands(self) -> list[str]:
        """What is to be typed, without prompts; of what a command printed, nothing."""
        prompted = [line for line in self.lines if line.startswith(_PROMPT)]
        if prompted:
            return [line.removeprefix(_PROMPT) for line in prompted]
        return self.lines if any(map(is_command, self.lines[:1])) else []


def blocks(page: Path) -> Iterator[Block]:
    """The blocks of `page` that are of no language."""
    for block in _BLOCK.finditer(page.read_text("utf-8")):
        if not block["language"]:
            yield Block(block["text"], block["reason"])


def is_command(line: str) -> bool:
    """Whether the first word of `line`, but for variables set before it, is a program's name."""
    words = [word for word in line.split() if not _VARIABLE.fullmatch(word)]
    return bool(line) and (not words or words[0] in PROGRAMS)


def without_comments(text: str) -> str:
    """What a reader sees of a page."""
    return _COMMENT.sub("", text)
