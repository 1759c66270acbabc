"""Each rule takes its furniture and leaves the sentence that has the same words in it."""

import pytest

from bundle.text import clean, read

NEWS = "Acme falls 5%"
ZH_NEWS = "澜汀银行亏损三亿元。"


@pytest.mark.parametrize(
    "ending",
    [
        ". Read the full story at https://example.org/x1",
        ": Full Story http://t.co/x",
        ". Read the full article on the Bolt Gazette.",
        ". Read the full story on Bolt.com.",
        "\nRead more: https://t.co/x",
        "… Read more here",
        ". Continue reading…",
        ". Click here to see the chart",
        ". Tap here for more of it!",
        "\n\nThe post Acme falls 5% appeared first on Bolt Gazette.",
        " via @boltgazette",
        " (h/t @desk)",
        " - Reuters",
        " — Bloomberg News",
        ". (Reporting by Ada Bolt in Linz; Editing by Cy Dorn)",
        f". (Reporting by {'Ada Bolt, ' * 15}in Linz; Editing by Cy Dorn)",
        ". Reporting by Ada Bolt; editing by Cy Dorn",
        ". (Reporting by Ada Bolt) ((ada.bolt@example.org; +43 1 555 01 22;))",
        ". Source text for Eikon: Further company coverage:",
        ". © 2026 Bolt Gazette. All rights reserved.",
        ". Copyright 2026 Bolt Gazette",
        ". Copyright (c) 2026 Bolt Gazette",
        ". Copyright Bolt Wire 2026",
        ". Copyright Bolt Gazette. All rights reserved.",
        ". All rights reserved. May not be redistributed.",
        ". Disclaimer: the author may hold shares. Past gains say nothing of what comes.",
        ". This content is for informational purposes only and is no offer to buy.",
        ". Not financial advice!",
        ". Subscribe to our free morning newsletter",
        ". To unsubscribe, write to the desk",
        ". Unsubscribe here",
        "<p>Read more</p><footer>&copy; Bolt Gazette</footer>",
    ],
)
def test_english_ending_goes(ending: str) -> None:
    assert clean(NEWS + ending).rstrip(":.… ") == NEWS


@pytest.mark.parametrize(
    "text",
    [
        "Inflation does not tell the full story",
        "Acme says its annual report is complete, and the full report shows a loss of $3M",
        "Investors who read more buy less. They read more than 40 reports",
        "Acme tells users to click here and pays them nothing",
        "Traders click here 5 times a day. Click here to lose $5M, says Acme",
        "The post that Acme lost appeared first on a Monday",
        "Acme ships parcels via drones",
        "FBI looks into Acme, say sources to Reuters",
        "Acme sues Thomson Reuters",
        "Acme faults reporting by its bank",
        "Acme wins suit over copyright",
        "Court backs Acme over Bolt: copyright does not cover interfaces",
        "Acme and Bolt settle. Copyright case was brought in 2014",
        "Acme v. Bolt In 'Parasitic' Copyright Case",
        "Acme loses readers - unsubscribe wave hits Bolt too",
        "The disclaimer of Acme misled investors",
        "The court says this content is for children. Acme pays $5M",
        "Acme paid for investment advice",
        "Acme launches a newsletter. Readers subscribe to our bonds",
        "Acme sells all rights",
        "Acme's price ((in euros)) falls",
    ],
)
def test_sentence_with_the_words_of_an_english_ending_stays(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize(
    "ending",
    [
        "责任编辑：王甲",
        "（责任编辑：王甲 HN1）",
        "(编辑：王甲)",
        " 来源：某某日报 作者：王甲",
        "（某某日报）",
        "(央视新闻)",
        "（记者王甲）",
        "（完）",
        "阅读全文",
        "点击下方阅读原文了解更多",
        "返回搜狐，查看更多",
        "网页链接",
        "免责声明：本文仅代表作者观点，与本网无关。请读者自行承担责任。",
        "【版权声明】本文来自某某客户端，不代表某某的立场。",
        "声明：以上内容仅供参考，如有侵权请联系。",
        "声明：图片来自网络，若侵犯您的权利，请联系删除。",
        "以上内容不构成投资建议。",
        "投资有风险，入市需谨慎！",
        "原标题：澜汀银行亏损",
        "責任編輯：王甲",
        "（某某新聞）",
        "點擊此處閱讀全文",
        "免責聲明：本文僅代表作者觀點。",
        "投資有風險，入市須謹慎。",
    ],
)
def test_chinese_ending_goes(ending: str) -> None:
    assert clean(ZH_NEWS + ending).rstrip("。") == ZH_NEWS.rstrip("。")


@pytest.mark.parametrize(
    "text",
    [
        "澜汀银行说明资金来源：自有资金",
        "公司责任编辑被调查",
        "澜汀银行遭调查（港交所）",
        "澜汀银行遭调查。（01234.HK）",
        "澜汀发布声明：公司未违约",
        "市场传闻不断。声明：澜汀公司否认违约",
        "澜汀银行回应。郑重声明：本行不存在侵权行为，将起诉造谣者",
        "澜汀公告。声明：对手侵犯其专利，要求赔偿10亿元",
        "澜汀免责声明引发争议",
        "分析师对澜汀给出投资建议",
        "监管层要求银行谨慎",
        "他阅读全文后卖出股票",
        "业绩下滑。查看更多股票需300元",
    ],
)
def test_sentence_with_the_words_of_a_chinese_ending_stays(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize(
    "heading",
    [
        "LINZ, Nov 30 (Reuters) - ",
        "LINZ, Austria, Nov. 30, 2026 /PRNewswire/ -- ",
        "LINZ--(BUSINESS WIRE)--",
        "FULL STORY: ",
        "<p>LINZ (AP) — </p>",
    ],
)
def test_english_heading_goes(heading: str) -> None:
    assert clean(heading + NEWS) == NEWS


@pytest.mark.parametrize(
    "heading",
    [
        "【某某社讯】",
        "(某经社讯)",
        "【快讯】",
        "某某新闻网讯：(通讯员 王甲)",
        "某某晚报5月30日讯（记者 王甲）",
        "某华社上海12月17日电(记者王甲、李乙)",
        "某某财经APP讯，",
        "（原标题：澜汀亏了）",
        "【某某社讯】某某社11月30日电，",
        "【某經社訊】",
        "某某社台北11月30日電（記者王甲）",
    ],
)
def test_chinese_heading_goes(heading: str) -> None:
    assert clean(heading + ZH_NEWS) == ZH_NEWS


@pytest.mark.parametrize(
    "text",
    [
        "Thomson (Reuters) says sales fall",
        "Acme falls (AP) - Bolt rises",
        "The FULL STORY is not told",
        "【总理致贺电】澜汀银行亏损",
        "【京东牵手腾讯】澜汀银行亏损",
        "【快讯：澜汀下跌】澜汀银行亏损",
        "国家电网供电，澜汀受益",
        "恒腾网络与腾讯，签约",
    ],
)
def test_text_with_the_words_of_a_heading_stays(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "Read more here",
        "（原标题：澜汀亏了）",
        "【快讯】",
        "免责声明：本文仅供参考",
        "All rights reserved.",
    ],
)
def test_furniture_alone_stays(text: str) -> None:
    assert clean(text) == text


def test_endings_behind_endings_go() -> None:
    tail = ". (Reporting by A Bolt) ((a@example.org)) Read more: t.co/x © 2026 Bolt"
    assert clean(NEWS + tail) == f"{NEWS}."


def test_one_story_with_three_tails_is_one_text() -> None:
    tails = (" - Reuters", ". Read more: https://t.co/1", " via @desk")
    assert {clean(NEWS + tail).rstrip(".") for tail in tails} == {NEWS}


def test_content_behind_a_heading_leads_back() -> None:
    text = "【某某社讯】某某社11月30日电，澜汀亏损"
    cleaned = read(text)
    start, end = cleaned.original(0, 2)
    assert (cleaned.text, text[start:end]) == ("澜汀亏损", "澜汀")
