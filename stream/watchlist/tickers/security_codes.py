"""Codes of securities: ISIN, FIGI and RIC, each held to the rule that it is made by."""

import re

from schemas.codec import shown
from stream.watchlist.errors import WatchlistError

_ISIN = re.compile(r"[A-Z]{2}[A-Z0-9]{9}[0-9]")
_FIGI = re.compile(r"[B-DF-HJ-NP-TV-Z]{2}G[B-DF-HJ-NP-TV-Z0-9]{8}[0-9]")
_RIC = re.compile(r"[A-Za-z0-9_]+(?:[.=^][A-Za-z0-9]+)+")


def isin(code: str) -> str:
    """`code` if it is an ISIN by ISO 6166; raises `WatchlistError`."""
    if _ISIN.fullmatch(code) is None:
        raise WatchlistError(
            f"must be two capital letters, nine letters or digits, and a check digit, such as "
            f"US0378331005, not {shown(code)}"
        )
    # Each letter counts as the two digits of its number, A being 10.
    digits = [int(digit) for character in code[:-1] for digit in str(int(character, 36))]
    _check(code, [digit * (2 - at % 2) for at, digit in enumerate(reversed(digits))], "ISO 6166")
    return code


def figi(code: str) -> str:
    """`code` if it is a FIGI; raises `WatchlistError`."""
    if _FIGI.fullmatch(code) is None or code[:2] in {"BS", "BM", "GG", "GB", "GH", "KY", "VG"}:
        raise WatchlistError(
            f"must be two consonants, a G, eight consonants or digits, and a check digit, such as "
            f"BBG000B9XRY4, not {shown(code)}"
        )
    values = [int(character, 36) * (1 + at % 2) for at, character in enumerate(code[:-1])]
    _check(code, values, "the rules for FIGIs")
    return code


def ric(code: str) -> str:
    """`code` if it can be a RIC; raises `WatchlistError`."""
    if _RIC.fullmatch(code) is None:
        raise WatchlistError(
            f"must be a symbol, a point and a market, such as AAPL.O, not {shown(code)}"
        )
    return code


def _check(code: str, values: list[int], rule: str) -> None:
    digit = -sum(digit for value in values for digit in divmod(value, 10)) % 10
    if digit != int(code[-1]):
        raise WatchlistError(f"must end in the check digit {digit} by {rule}, not {shown(code)}")
