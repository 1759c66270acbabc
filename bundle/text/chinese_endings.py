"""What stands behind a text in Chinese: calls to read on, sources, editors, disclaimers.

Simplified and traditional characters alike.
"""

from bundle.text.ending import ending

# Where a sentence or a bracket begins, or a space parts what is not parted otherwise.
_SENTENCE = r"(?:(?<=[。！？；…”」）】!?.;)\]}])\s*|\s+|\s*(?=[（(【\[]))"
_ROLES = (
    *("责任编辑", "责任校对", "责编", "编辑", "校对", "审核", "作者", "记者", "撰文", "原标题"),
    *("来源", "文章来源", "本文来源", "消息来源", "图片来源"),
    *("責任編輯", "責編", "編輯", "校對", "審核", "記者", "原標題", "來源", "文章來源", "資料來源"),
)
_MEDIA = (
    *("社", "网", "报", "新闻", "财经", "客户端", "电台", "电视台", "app", "周刊", "头条", "央视"),
    *("澎湃", "網", "報", "新聞", "財經", "電台", "電視台", "週刊", "央視", "完"),
)

CHINESE_ENDINGS = (
    ending(
        [f"{role}{colon}" for role in _ROLES for colon in ":："],
        60,
        rf"[（(【\[]?(?:{'|'.join(_ROLES)})\s*[:：][^。！？；\n]{{0,40}}[)）】\]]?",
        _SENTENCE,
    ),
    # The source, or the reporter, behind the last sentence.
    ending(
        [*(f"{medium}{bracket}" for medium in _MEDIA for bracket in ")）"), "(记者", "（记者"],
        24,
        rf"[（(](?:[^（()）。，,：:\d]{{0,8}}(?:{'|'.join(_MEDIA)})|记者[^（()）]{{1,12}})[)）]",
        r"(?<=[。！？”」])\s*",
    ),
    ending(
        [
            *("全文:", "全文：", "读全文", "看全文", "开全文", "读原文", "看原文", "查看更多"),
            *("网页链接", "讀全文", "開全文", "讀原文"),
        ],
        32,
        r"(?:更多内容)?[请請]?(?:(?:点击|點擊|戳)(?:下方|左下角|此处|此處|这里|這裡|下面的?)?)?"
        r"(?:阅读|閱讀|查看|展开|展開)(?:全文|原文)[^。！？\n\d]{0,12}"
        r"|返回搜狐，查看更多|全文\s*[:：]|网页链接",
        _SENTENCE,
    ),
    ending(
        ["免责声明", "免責聲明"],
        320,
        r"[【（(\[]?免[责責][声聲]明[】）)\]：:\s|][^\n]{0,300}",
        _SENTENCE,
    ),
    ending(
        [f"{word}{mark}" for word in ("声明", "聲明") for mark in (":", "：", "】", " |")],
        300,
        r"[【（(\[]?(?:版权|版權|特别|特別|郑重|鄭重)?[声聲]明\s*[】）)\]：:|][^\n]{0,80}"
        r"(?:仅供参考|僅供參考|不构成|不構成|不代表|转载|轉載|文责|风险自负|仅代表|僅代表"
        # What a company says of others who infringe its rights is news.
        r"|[如若][^。\n]{0,12}侵[权權犯]|侵[权權犯][^。\n]{0,12}(?:联系|聯繫|告知|[删刪]除))"
        r"[^\n]{0,200}",
        _SENTENCE,
    ),
    ending(
        ["投资建议", "投資建議", "需谨慎", "须谨慎", "需謹慎", "須謹慎"],
        16,
        r"(?:以上|本文|文章|上述|本报告|本報告|相关|相關)[^。！？\n\d]{0,40}"
        r"不[构構]成[^。！？\n\d]{0,8}投[资資]建[议議]"
        r"|(?:市场|市場|投资|投資|股市)有[风風][险險][，,]?(?:投资|投資|入市|理财|理財)[需须須][谨謹]慎",
        _SENTENCE,
    ),
)
