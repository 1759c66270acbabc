"""What is a mention and what is none: a text, and whom it names with which words."""

import pytest

from bundle.text import clean
from stream.watchlist.watchlist import Watchlist

WATCHLIST = Watchlist.read(
    """
entities:
- {id: apple, names: [Apple], aliases: [Apple Inc], tickers: [AAPL], not: [Apple Records],
   isins: [US0378331005], figis: [BBG000B9XRY4], rics: [AAPL.O]}
- {id: twitter, names: [Twitter], tickers: [TWTR], handles: [TwitterIR]}
- {id: target, names: [Target], tickers: [TGT], not: [Target Corporation Australia]}
- {id: gap, names: [Gap], aliases: [The Gap], tickers: [GPS]}
- {id: 3m, names: [3M], tickers: [MMM]}
- {id: att, names: [AT&T], tickers: ["NYSE:T"]}
- {id: nestle, names: [Nestlé, 雀巢], tickers: [NESN.SW]}
- {id: lanting, names: [Lanting Bank, 澜汀银行], aliases: [Lanting], tickers: [LTGB]}
- {id: berkshire, names: [Berkshire Hathaway], tickers: [BRK.A, BRK.B]}
- {id: meta, names: [Meta], tickers: [META]}
- {id: instagram, names: [Instagram], parent: meta}
- {id: visa, names: [Visa], tickers: [V]}
- {id: square, names: [Square], tickers: [SQ], match: {Square: context}}
- {id: a, names: [A], tickers: [A]}
- {id: bp, names: [BP], tickers: [BP.L]}
- {id: moutai, names: [贵州茅台], aliases: [茅台], tickers: [600519.SH]}
- {id: tencent, names: [腾讯, Tencent], tickers: [0700.HK]}
- {id: xiaomi, names: [小米], tickers: [1810.HK], match: {小米: context}}
- {id: taiji, names: [台积电], tickers: [TSM, 2330.TW]}
- {id: ping, names: [Ping An, 中国平安], tickers: [2318.HK, 601318.SH]}
- {id: aramco, names: [أرامكو, Aramco], tickers: [2222.SR]}
- {id: teva, names: [טבע תעשיות, Teva], tickers: [TEVA]}
- {id: unit, names: [Unit Software], tickers: ["NYSE:U"]}
- {id: jay, names: [Jay Solutions], tickers: ["NYSE:J"]}
- {id: sap, names: [SAP]}
- {id: coop, names: [Co-op Bank]}
""".encode()
)

ISSUE = [
    ("price target cut", ""),
    ("mind the gap", ""),
    ("a $3M loss", ""),
    ("$700 of costs", ""),
    ("US$AAPL rises", "apple=$AAPL"),
    ("AT&T cuts jobs", "att=AT&T"),
    ("Nestlé raises prices", "nestle=Nestlé"),
    ("Lanting Bank is raided", "lanting=Lanting Bank"),
    ("$BRK.B and $BRK-B, $BRK/B", "berkshire=$BRK.B berkshire=$BRK-B berkshire=$BRK/B"),
    ("Lanting Bank (NYSE: LTGB) fell", "lanting=Lanting Bank lanting=NYSE: LTGB"),
    ("both fell (NASDAQ: AAPL, META)", "apple=NASDAQ: AAPL meta=META"),
    ("LTGB.N down 3%", "lanting=LTGB.N"),
    ("$LTGB.L down 3%", "lanting=$LTGB.L"),
    ("600519.SH 跌停", "moutai=600519.SH"),
    ("买入SH600519。", "moutai=SH600519"),
    ("#LantingBank is in trouble", "lanting=#LantingBank"),
]

ENGLISH = [
    ("Target cuts its outlook", "target=Target"),
    ("shares in target fell", "target=target"),
    ("Price Target Cut at Three Banks", ""),
    ("Target Cuts Outlook as Shoppers Stay Home", "target=Target"),
    ("🚨 Target Cuts Outlook ▶️ Gap Shuts Stores", "target=Target gap=Gap"),
    ("slow growth will sap demand, says SAP", "sap=SAP"),
    ("MIND THE GAP BETWEEN RICH AND POOR", ""),
    ("GAP INC CLOSES STORES IN EUROPE", "gap=GAP"),
    ("Gap Inc closes stores", "gap=Gap"),
    ("shares of Gap fell", "gap=Gap"),
    ("Gap (GPS) falls, gap $GPS falls", "gap=Gap gap=gap gap=$GPS"),
    ("The Gap says so", "gap=The Gap"),
    ("an apple pie from Apple", "apple=Apple"),
    ("Apple Records sues Apple Inc", "apple=Apple Inc"),
    ("Target Corporation Australia is another company", ""),
    ("a visa application", ""),
    ("Visa's Profit Beats Street Estimates", "visa=Visa"),
    ("Square is a shape, Square Inc is none", "square=Square"),
    ("A bank fails. A stock fell.", ""),
    ("A Inc fails, $A falls, (NYSE: A)", "a=A a=$A a=NYSE: A"),
    ("down 25 bp, BP up", "bp=BP"),
    ("raised $3M, €3M, 0.3M; 3M raised", "3m=3M"),
    ("@Apple, @TwitterIR, @TwitterIRx", "twitter=@TwitterIR"),
    ("US$M 3, US$bn, $MMM", "3m=$MMM"),
    ("A$AAPL, #V and $V.L, $AAPL/V, $AAPL/BB", "apple=$AAPL"),
    ("How Much Does the Store Mean to Apple?", "apple=Apple"),
    ("$TGT: One More Reason to Watch Target", "target=$TGT target=Target"),
    ("Why Everyone Loves #Target and #apple but Not #target", "target=Target apple=apple"),
    ("#LTGB #ltgb #AAPL", "lanting=#LTGB apple=#AAPL"),
    ("NYSE:T and T.N, but not T.TO or (TSX: T)", "att=NYSE:T att=T.N"),
    ("U.K. and U.N. chiefs, the U.K, J.K. Bolt and F.J.N.", ""),
    ("J.N rises, (U.N)", "jay=J.N"),
    ("$T-N and $LTGB-N, not $NESN-N or $T-P", "att=$T-N lanting=$LTGB-N"),
    ("THE W€$T AND MANCH€$T€R, HEI$T, $$T", ""),
    ("$T:CA is another, $T:US is not", "att=$T"),
    ("$T.TO is another, $T is not", "att=$T"),
    ("ltgb.n, LTGB.X, LTGB.NX", ""),
    ("(LSE: BP, V)", "bp=LSE: BP visa=V"),
    ("NYSE: LTGB, V for victory", "lanting=NYSE: LTGB"),
    ("ISIN US0378331005, FIGI BBG000B9XRY4", "apple=US0378331005 apple=BBG000B9XRY4"),
    ("AAPL.O rises", "apple=AAPL.O"),
    ("Nestle and NESTLÉ", "nestle=Nestle nestle=NESTLÉ"),
    ("Instagram grows", "instagram=Instagram meta=Instagram"),
    ("#AT&T and #CoopBank", "att=AT&T coop=#CoopBank"),
    ("$BRK is neither, $BRK.C too", ""),
    ("HKEX:700, HK:00700, 700.HK", "tencent=HKEX:700 tencent=HK:00700 tencent=700.HK"),
    ("", ""),
    ("🚀", ""),
]

CHINESE = [
    ("600519 是一个数字", ""),
    ("沪市600519大跌", "moutai=600519"),
    ("贵州茅台(600519.SH)跌停", "moutai=贵州茅台 moutai=600519.SH"),
    ("貴州茅台跌停", "moutai=貴州茅台"),
    ("騰訊控股（00700.HK）財報", "tencent=騰訊 tencent=00700.HK"),
    ("腾讯（港交所代码：0700）", "tencent=腾讯 tencent=港交所代码：0700"),
    ("台積電與臺積電", "taiji=台積電 taiji=臺積電"),
    ("早餐喝小米粥", ""),
    ("小米集团股价大涨，小米财报", "xiaomi=小米 xiaomi=小米"),
    ("澜汀银行被调查 $LTGB", "lanting=澜汀银行 lanting=$LTGB"),
    ("（02318-HK）中期业绩，601318-SH", "ping=02318 ping=601318"),
    ("中国平安(601318.SH,2318.HK)", "ping=中国平安 ping=601318.SH ping=2318.HK"),
    ("雀巢咖啡涨价", "nestle=雀巢"),
    ("Ｌａｎｔｉｎｇ破产", "lanting=Ｌａｎｔｉｎｇ"),
    ("sz600519 和 sh600519", "moutai=sh600519"),
    ("市值600519元", ""),
]

RIGHT_TO_LEFT = [
    ("أعلنت أرامكو أرباحها", "aramco=أرامكو"),
    ("وأرامكو تعلن، ارامكو", "aramco=أرامكو aramco=ارامكو"),
    ("كارامكوس", ""),
    ("מניית טבע תעשיות עלתה", "teva=טבע תעשיות"),
    ("בטבע תעשיות", "teva=טבע תעשיות"),
]


AS_IT_COMES = [
    ("podcasts.apple.com has it", ""),
    ("mail ir@apple.com", ""),
    ("pic.twitter.com/a1 nice", ""),
    ("see https://apple.com/ipad", ""),
    ("AT&amp;T cuts jobs", "att=AT&T"),
    ("Nestle\u0301 raises prices", "nestle=Nestlé"),
    ("Lanting\r\nBank is raided", "lanting=Lanting Bank"),
    ("Lanting  Bank is raided", "lanting=Lanting Bank"),
    ("Co\u2011op Bank is sold", "coop=Co-op Bank"),
    ("<b>Apple</b> falls", "apple=Apple"),
    ("thanks to @TwitterIR and @Apple", "twitter=@TwitterIR"),
]


@pytest.mark.parametrize(("text", "mentions"), [*ISSUE, *ENGLISH, *CHINESE, *RIGHT_TO_LEFT])
def test_text_names(text: str, mentions: str) -> None:
    assert_names(text, mentions)


@pytest.mark.parametrize(("text", "mentions"), [*ISSUE, *AS_IT_COMES])
def test_text_names_the_same_when_it_is_cleaned(text: str, mentions: str) -> None:
    assert_names(clean(text), mentions)


def assert_names(text: str, mentions: str) -> None:
    found = WATCHLIST.find(text, "text")
    surfaces = [(one.id, text[p.start : p.end]) for one in found for p in one.places]
    assert " ".join(f"{one}={surface}" for one, surface in surfaces) == mentions
