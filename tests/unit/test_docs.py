"""What the README and the pages in `docs/` tell the reader to type is there to be typed."""

import re
import shlex
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import click
import pytest

from petrel.cli import main
from tests.pages import PAGES, ROOT, blocks, is_command, without_comments

_LINK = re.compile(r"\]\((?P<file>[\w./-]*)(?:#(?P<anchor>[\w-]+))?\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_VARIABLE = re.compile(r"\w+=.*")
# What ends a command, or sends its output elsewhere.
_ENDS = frozenset({"|", "&", ";", ">", ">>", "&&", "<"})


def commands(page: Path) -> Iterator[list[str]]:
    """The words of each command in the blocks of `page`, without variables set before it."""
    for block in blocks(page):
        for line in block.commands:
            lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;<>")
            lexer.whitespace_split = True
            yield from parts(list(lexer))


def parts(words: list[str]) -> Iterator[list[str]]:
    part: list[str] = []
    for word in [*words, ";"]:
        if word in _ENDS:
            if part:
                yield part
            part = []
        elif part or not _VARIABLE.fullmatch(word):
            part.append(word)


def typed(program: str) -> list[list[str]]:
    """The arguments of each call of `program` in all pages."""
    found = [words for page in PAGES for words in commands(page)]
    return [words[1:] for words in found if words[0] == program]


@pytest.mark.parametrize("words", typed("petrel"), ids=" ".join)
def test_command_has_the_options_that_a_page_gives_it(words: list[str]) -> None:
    command: click.Command = main
    context = click.Context(main)
    rest = words
    while isinstance(command, click.Group):
        name, found, rest = command.resolve_command(context, rest)
        assert found is not None
        command, context = found, click.Context(found, context, name)

    command.make_parser(context).parse_args(list(rest))


@pytest.mark.parametrize("words", typed("make"), ids=" ".join)
def test_make_knows_what_a_page_asks_for(words: list[str]) -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")

    assert f"\n{words[0]}:" in makefile


@pytest.mark.parametrize("words", typed("python"), ids=" ".join)
def test_module_that_a_page_runs_is_there(words: list[str]) -> None:
    assert words[0] == "-m"
    assert find_spec(words[1])


def test_pages_have_commands() -> None:
    assert len(typed("petrel")) > 30
    assert typed("make")
    assert typed("python")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_block_without_commands_has_none_and_no_reason(page: Path) -> None:
    for block in blocks(page):
        if not block.commands:
            assert not any(map(is_command, block.lines)), block.text
            assert block.reason is None, block.text


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_reason_stands_on_the_line_before_a_block(page: Path) -> None:
    reasons = [block.reason for block in blocks(page) if block.reason]

    assert len(re.findall("^<!--", page.read_text("utf-8"), re.MULTILINE)) == len(reasons)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for link in _LINK.finditer(page.read_text("utf-8")):
        target = (page.parent / link["file"]).resolve() if link["file"] else page
        assert target.exists(), link[0]
        assert link["anchor"] is None or link["anchor"] in anchors(target), link[0]


def anchors(page: Path) -> set[str]:
    headings = _HEADING.findall(page.read_text("utf-8"))
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_readme_is_short() -> None:
    assert len(without_comments((ROOT / "README.md").read_text("utf-8")).split()) <= 900
