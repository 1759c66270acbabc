"""The README and the pages in `docs/` but for the one about training, typed as they stand."""

from pathlib import Path

import pytest

from tests.pages import PAGES
from tests.typist import commands_to_type, type_page

# Each command imports for seconds, and other suites keep the cores busy.
pytestmark = pytest.mark.timeout(600)

# What says the same as the README is not typed twice.
README, *OTHERS = PAGES
TYPED = [
    page
    for page in OTHERS
    if page.name != "train.md" and {*commands_to_type(page)} - {*commands_to_type(README)}
]


@pytest.mark.parametrize("page", [README, *TYPED], ids=lambda page: page.name)
def test_what_a_page_says_to_type_works(page: Path, tmp_path: Path) -> None:
    type_page(page, tmp_path)
