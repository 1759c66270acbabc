"""What stands before a text: datelines of agencies, the names of the wires that sent it."""

import re

_WIRES = ("Reuters", "AP", "AFP", "Bloomberg", "Xinhua", "BUSINESS WIRE", "GLOBE NEWSWIRE")
# In capitals: "Acme falls (Reuters) - Bolt rises" has no dateline.
_PLACE = r"[A-Z][A-Z.'-]+(?: [A-Z][A-Z.'-]+){0,2}"
_MONTHS = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_MEDIUM = "(?:社|[网網报報]|新[闻聞]|[财財][经經]|APP|客户端)"
_DATE = r"\d{1,2}月\d{1,2}日"

# Without one of these, in lower case, no text has a heading.
HEADING_SIGNS = [
    *(f"({wire.lower()})" for wire in _WIRES),
    *("/prnewswire/", "full story:", "原标题", "原標題"),
    *(f"{wired}{mark}" for wired in "讯訊电電" for mark in "】）)，,：:（( "),
]
_HEADING = re.compile(
    r"\s*(?:"
    # LINZ, Nov 30 (Reuters) - ; LINZ, Austria, Nov. 30, 2026 /PRNewswire/ -- ; LINZ--(AP)--
    rf"{_PLACE}(?:,\s*[A-Z][A-Za-z. ]{{1,20}})?"
    rf"(?:,?\s*{_MONTHS}[a-z.]*\s+\d{{1,2}}(?:,\s*\d{{4}})?)?"
    rf"[\s-]*(?:\((?:{'|'.join(_WIRES)})\)|/PRNewswire/)\s*[-–—]{{1,2}}"
    r"|FULL STORY:"
    r"|[（(]原[标標][题題][:：][^）)\n]{1,60}[）)]"
    # 【某某社讯】 and 【快讯】, but not a title about 腾讯 or a 贺电.
    rf"|[【（(\[]\s*[^】）)\]\n：:，,]{{0,12}}(?:{_MEDIUM}|动力|[快资資早午晚速简簡])[讯訊]\s*[】）)\]]"
    # 某某社北京11月30日电（记者甲） or 某某网讯，
    rf"|[\w·]{{1,8}}?{_MEDIUM}(?:(?:\w{{0,6}}?{_DATE})?[讯訊]|\w{{0,6}}?{_DATE}[电電])(?=[，,：:（(\s])"
    r"[：:]?(?:\s*[（(](?:通[讯訊][员員]|[记記]者)[^（()）]{1,20}[)）])?[，,：:]?"
    r")\s*"
)


def heading_end(text: str, limit: int) -> int:
    """Where what stands behind the headings of `text` begins; none is longer than `limit`."""
    end = 0
    while heading := _HEADING.match(text, end, end + limit):
        end = heading.end()
    return end
