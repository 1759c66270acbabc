"""What stands beside a name that is a word when a company is meant: "shares of Gap", "Gap Inc"."""

import re
import unicodedata

# No "group" and no "company": a target group is no group of Target's.
_LEGAL_FORM = r"inc|corp|corporation|plc|llc|ltd|ag|nv|sa|ab|asa|oyj|spa|gmbh|bhd"
_OF_COMPANIES = (
    r"limited|co|stocks?|shares?|shareholders?|stockholders?|investors?|bonds?|ceo|cfo|coo|cto|"
    r"chairman|chairwoman|chief executive|executives?|spokesman|spokeswoman|spokesperson"
)
_CHINESE = "公司|集团|股份|股价|股票|控股|财报|市值|首席执行官"
_FORM_AFTER = re.compile(rf",? (?:{_LEGAL_FORM})(?![\w-])")
_AFTER = re.compile(
    rf"(?:'s)? (?:{_OF_COMPANIES})(?![\w-])|,? (?:{_LEGAL_FORM})(?![\w-])|(?:{_CHINESE})"
)
_BEFORE = re.compile(rf"(?<![\w-])(?:{_OF_COMPANIES}) (?:of|in|at) \Z")
# The longest of these before a name.
_REACH = len("chief executive of ") + 1

_VERBS = (
    "says said cuts raises lifts lowers reports posts beats misses tops falls rises jumps slides "
    "drops soars plunges gains slumps surges tumbles climbs sinks rallies announces unveils "
    "launches acquires buys sells sues settles hires fires names warns plans expects agrees "
    "recalls halts suspends slashes sees wins loses faces shuts hit"
)
_ACTS = (
    "acquire buy sell close cut launch open pay report raise hire unveil invest offer build add "
    "lay merge spin replace expand begin start stop end split settle appeal"
)
_DOES = re.compile(
    rf" (?:{'|'.join(_VERBS.split())}|to (?:{'|'.join(_ACTS.split())}))(?![\w-])|'s(?!\w)"
)
# What may stand straight before a sentence, as may an emoji; with none, the text begins.
_SENTENCE_END = frozenset(".:;!?|\"“”'-–—,(…•→\ufe0f")
_EMOJI = frozenset({"So", "Sk"})

# A cashtag or a ticker in brackets just behind or before a name.
_TICKER_AFTER = re.compile(r" ?[\[(]? ?\$?([a-z0-9]+(?:[.\-/][a-z0-9]+)?)")
_TICKER_BEFORE = re.compile(r"\$([a-z0-9]+(?:[.\-/][a-z0-9]+)?)[\])]?[ :,]{0,2}\Z")
_MARKET_AFTER = re.compile(r" ?\((?:[^():]{1,20}): ?([a-z0-9]+(?:[.\-/][a-z0-9]+)?)")
# Longer than any ticker with its sign and brackets.
_TICKER_REACH = 20

# A ticker anywhere near, and how near: about a post's length on either side.
_TICKER = re.compile(r"[$:] ?([a-z0-9]+(?:[.\-/][a-z0-9]+)?)")
_NEAR = 140


def company_beside(folded: str, start: int, end: int) -> bool:
    """Whether a word of companies stands beside the name at `start` to `end`."""
    # "A stock fell" is no stock of a company A: a letter alone needs more.
    if end - start == 1 and folded[start].isascii():
        return _FORM_AFTER.match(folded, end) is not None
    return (
        _AFTER.match(folded, end) is not None
        or _BEFORE.search(folded[max(0, start - _REACH) : start]) is not None
    )


def ticker_beside(folded: str, start: int, end: int, symbols: frozenset[str]) -> bool:
    """Whether one of `symbols`, the company's own, stands beside the name as a ticker."""
    before = _TICKER_BEFORE.search(folded[max(0, start - _TICKER_REACH) : start])
    if before and before[1] in symbols:
        return True
    after = _MARKET_AFTER.match(folded, end) or _TICKER_AFTER.match(folded, end)
    return (
        after is not None
        and after[1] in symbols
        and ("$" in after[0] or "(" in after[0] or "[" in after[0])
    )


def ticker_near(folded: str, start: int, end: int, symbols: frozenset[str]) -> bool:
    """Whether a headline's length around the name holds one of `symbols` as a ticker."""
    around = folded[max(0, start - _NEAR) : end + _NEAR]
    return any(ticker in symbols for ticker in _TICKER.findall(around))


def acts(folded: str, start: int, end: int) -> bool:
    """Whether the name begins a sentence about what it does, or owns what follows.

    Both are no sign of a company by themselves: "gap widens" is neither.
    """
    does = _DOES.match(folded, end)
    if does is None:
        return False
    before = folded[max(0, start - 2) : start].rstrip()[-1:]
    begins = not before or before in _SENTENCE_END or unicodedata.category(before) in _EMOJI
    return does[0] == "'s" or begins
