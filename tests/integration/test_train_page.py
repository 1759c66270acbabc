"""The page about training, typed as it stands: in a file of its own, as it takes longest."""

from pathlib import Path

import pytest

from tests.pages import ROOT
from tests.typist import type_page


# It trains twice, and each command imports for seconds while other suites keep the cores busy.
@pytest.mark.timeout(600)
def test_what_the_page_says_to_type_works(tmp_path: Path) -> None:
    type_page(ROOT / "docs/train.md", tmp_path)
