"""The starter model and the sample day, as a newcomer meets them."""

from pathlib import Path

import pytest

from tests.commands import output_of


# The first that asks for the starter trains it, which takes minutes on two cores.
@pytest.mark.timeout(600)
def test_the_sample_day_raises_its_two_alerts_and_no_third(starter: Path) -> None:
    printed = output_of("demo", "--model", str(starter), "--speed", "1800")

    summary = printed[printed.index("What came of it") :].splitlines()
    opened = [line.split()[3] for line in summary if " open " in line]
    resolved = [line.split()[3] for line in summary if " resolve " in line]
    assert opened == ["kelvarra-cells", "lanting-bank"]
    assert resolved == ["kelvarra-cells", "lanting-bank"]
