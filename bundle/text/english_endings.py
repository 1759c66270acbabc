"""What stands behind a text in English: calls to read on, sources, bylines, disclaimers.

None but a byline, which has phones, takes a number or a cashtag with it: these are news.
"""

from bundle.text.ending import ending

_CALM = r"[^.!?\n$%#0-9]"
_LAWYERLY = r"[^\n$%]"
# A point within a word is the site's: "Bolt.com".
_WHERE = rf"(?: (?:here|at|on|in|from|via)\b(?:{_CALM}|[.](?=[a-z])){{0,40}})?"
# "Copyright case against Acme" is news.
_COPYRIGHT = (
    r"copyright\b(?=\W{0,4}(?:©|\(c\)|by\b|(?:19|20)\d\d)"
    r"|(?-i:(?: [A-Z][\w.]*){1,3}) (?:19|20)\d\d\W*\Z|[^.\n]{1,60}\W all rights reserved)"
)
_STORIES = ("story", "article", "report", "post", "release", "analysis", "interview", "transcript")
_WHOLE = ("full", "whole", "entire", "original", "complete")
_AGENCIES = (
    *("Thomson Reuters", "Reuters", "Bloomberg", "Bloomberg News", "CNBC", "WSJ", "AP", "AFP"),
    *("Wall Street Journal", "Associated Press", "Dow Jones", "Dow Jones Newswires", "FT"),
    *("Financial Times", "MarketWatch", "Xinhua"),
)

ENGLISH_ENDINGS = (
    ending(
        [f"{whole} {story}" for whole in _WHOLE for story in _STORIES],
        80,
        rf"(?:(?:read|see|view|get) )?(?:(?:the|our|this) )?(?:{'|'.join(_WHOLE)}) "
        rf"(?:{'|'.join(_STORIES)}){_WHERE}",
    ),
    ending(
        ["read more", "see more", "learn more", "find out more", "continue reading"],
        80,
        rf"(?:(?:read|see|learn|find out) more|continue reading){_WHERE}",
    ),
    ending(
        ["click here", "click below", "the link", "tap here"],
        100,
        rf"(?:click|tap) (?:here|below|(?:on )?the link)\b{_CALM}{{0,60}}",
    ),
    ending(["the post "], 320, r"The post [^\n]{1,200} appeared first on [^\n]{1,80}"),
    ending(["via @", "h/t @", "ht @"], 48, r"[\[(]?(?:via|h/?t) @\w{1,30}[\])]?", r"(?<!\w)\s*"),
    ending(
        [f"{dash} {agency.lower()}" for dash in "-–—" for agency in _AGENCIES],
        48,
        rf"[-–—]{{1,2}} (?:{'|'.join(_AGENCIES)})",
        r"\s+",
    ),
    ending(
        ["reporting by ", "writing by ", "editing by ", "compiled by "],
        280,
        r"\((?:additional )?(?:reporting|writing|editing|compiled) by [^()]{1,250}\)"
        r"|(?:additional )?reporting by [^()\n]{1,120};\s*(?:writing|editing) by [^()\n]{1,80}",
    ),
    # How to reach the reporter.
    ending(["(("], 220, r"\(\([^()]{1,200}\)\)"),
    ending(
        ["source text", "company coverage"],
        120,
        rf"source text(?: for eikon)?\s*:{_LAWYERLY}{{0,80}}"
        rf"|further company coverage\s*:{_LAWYERLY}{{0,60}}",
    ),
    ending(
        ["©", "copyright", "all rights reserved"],
        280,
        rf"(?:©|\(c\)|{_COPYRIGHT}){_LAWYERLY}{{0,120}}|all rights reserved{_LAWYERLY}{{0,120}}",
    ),
    ending(
        ["disclaimer", "information", "educational", "investment advice", "financial advice"],
        420,
        rf"disclaimer\s*:{_LAWYERLY}{{0,400}}"
        r"|(?:this|the) (?:content|article|material|post|report|information) is "
        r"(?:(?:provided|intended) )?(?:(?:solely|only) )?for (?:general )?"
        rf"(?:information|informational|educational) {_LAWYERLY}{{0,300}}"
        r"|(?:this is )?not (?:investment|financial) advice",
    ),
    ending(
        ["newsletter", "unsubscribe"],
        120,
        rf"(?:sign up|subscribe) (?:for|to) (?:our|the|my) {_CALM}{{0,40}}newsletter{_CALM}{{0,60}}"
        rf"|to unsubscribe\b{_CALM}{{0,80}}|unsubscribe{_WHERE}",
    ),
)
