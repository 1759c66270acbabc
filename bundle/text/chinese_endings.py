"""What stands behind a text in Chinese: calls to read on, sources, editors, disclaimers."""

from bundle.text.ending import ending

# Where a sentence or a bracket begins, or a space parts what is not parted otherwise.
_SENTENCE = r"(?:(?<=[。！？；…”）】!?.;)\]}])\s*|\s+|\s*(?=[（(【\[]))"
_ROLES = (
    *("责任编辑", "责任校对", "责编", "编辑", "校对", "审核", "作者", "记者", "撰文", "原标题"),
    *("来源", "文章来源", "本文来源", "消息来源", "图片来源"),
)
_MEDIA = (
    *("社", "网", "报", "新闻", "财经", "客户端", "电台", "电视台", "app", "周刊", "头条"),
    *("央视", "澎湃", "完"),
)

CHINESE_ENDINGS = (
    ending(
        [f"{role}{colon}" for role in _ROLES for colon in ":："],
        rf"[（(【\[]?(?:{'|'.join(_ROLES)})\s*[:：][^。！？；\n]{{0,40}}[)）】\]]?",
        _SENTENCE,
    ),
    # The source, or the reporter, behind the last sentence.
    ending(
        [*(f"{medium}{bracket}" for medium in _MEDIA for bracket in ")）"), "(记者", "（记者"],
        rf"[（(](?:[^（()）。，,：:\d]{{0,8}}(?:{'|'.join(_MEDIA)})|记者[^（()）]{{1,12}})[)）]",
        r"(?<=[。！？”])\s*",
    ),
    ending(
        [
            "全文:",
            "全文：",
            "读全文",
            "看全文",
            "开全文",
            "读原文",
            "看原文",
            "查看更多",
            "网页链接",
        ],
        r"(?:更多内容)?请?(?:(?:点击|戳)(?:下方|左下角|此处|这里|下面的?)?)?"
        r"(?:阅读|查看|展开)(?:全文|原文)[^。！？\n\d]{0,12}"
        r"|返回搜狐，查看更多|全文\s*[:：]|网页链接",
        _SENTENCE,
    ),
    ending(["免责声明"], r"[【（(\[]?免责声明[】）)\]：:\s|][^\n]{0,300}", _SENTENCE),
    ending(
        ["声明:", "声明：", "声明】", "声明 |"],
        r"[【（(\[]?(?:版权|特别|郑重)?声明\s*[】）)\]：:|][^\n]{0,80}"
        r"(?:仅供参考|不构成|不代表|侵权|侵犯|转载|文责|风险自负|仅代表)[^\n]{0,200}",
        _SENTENCE,
    ),
    ending(
        ["投资建议", "需谨慎", "须谨慎"],
        r"(?:以上|本文|文章|上述|本报告|相关)[^。！？\n\d]{0,40}不构成[^。！？\n\d]{0,8}投资建议"
        r"|(?:市场|投资|股市)有风险[，,]?(?:投资|入市|理财)[需须]谨慎",
        _SENTENCE,
    ),
)
