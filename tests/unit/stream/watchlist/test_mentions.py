"""What is a mention and what is none: a text, and whom it names with which words.

`was` is what a plain search of the raw text finds: each name whatever its case, each ticker behind
its `$`.
"""

import pytest

from bundle.text import read
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
    # was: target=target
    ("price target cut", ""),
    # was: gap=the gap
    ("mind the gap", ""),
    # was: a=a 3m=3M
    ("a $3M loss", ""),
    ("$700 of costs", ""),
    # was: none
    ("US$AAPL rises", "apple=$AAPL"),
    ("AT&T cuts jobs", "att=AT&T"),
    ("Nestlé raises prices", "nestle=Nestlé"),
    ("Lanting Bank is raided", "lanting=Lanting Bank"),
    # was: berkshire=$BRK.B
    ("$BRK.B and $BRK-B, $BRK/B", "berkshire=$BRK.B berkshire=$BRK-B berkshire=$BRK/B"),
    # was: lanting=Lanting Bank
    ("Lanting Bank (NYSE: LTGB) fell", "lanting=Lanting Bank lanting=NYSE: LTGB"),
    # was: meta=META
    ("both fell (NASDAQ: AAPL, META)", "apple=NASDAQ: AAPL meta=META"),
    # was: none
    ("LTGB.N down 3%", "lanting=LTGB.N"),
    # was: none
    ("$LTGB.L down 3%", "lanting=$LTGB.L"),
    # was: none
    ("600519.SH 跌停", "moutai=600519.SH"),
    # was: none
    ("买入SH600519。", "moutai=SH600519"),
    # was: none
    ("#LantingBank is in trouble", "lanting=#LantingBank"),
]

ENGLISH = [
    ("Target cuts its outlook", "target=Target"),
    ("shares in target fell", "target=target"),
    # was: target=Target
    ("Price Target Cut at Three Banks", ""),
    ("Target Cuts Outlook as Shoppers Stay Home", "target=Target"),
    ("🚨 Target Cuts Outlook ▶️ Gap Shuts Stores", "target=Target gap=Gap"),
    # was: sap=sap sap=SAP
    ("slow growth will sap demand, says SAP", "sap=SAP"),
    # was: gap=THE GAP
    ("MIND THE GAP BETWEEN RICH AND POOR", ""),
    ("GAP INC CLOSES STORES IN EUROPE", "gap=GAP"),
    ("Gap Inc closes stores", "gap=Gap"),
    ("shares of Gap fell", "gap=Gap"),
    ("Gap (GPS) falls, gap $GPS falls", "gap=Gap gap=gap gap=$GPS"),
    ("The Gap says so", "gap=The Gap"),
    # was: apple=apple apple=Apple
    ("an apple pie from Apple", "apple=Apple"),
    # was: apple=Apple apple=Apple Inc
    ("Apple Records sues Apple Inc", "apple=Apple Inc"),
    # was: target=Target
    ("Target Corporation Australia is another company", ""),
    # was: a=a visa=visa
    ("a visa application", ""),
    ("Visa's Profit Beats Street Estimates", "visa=Visa"),
    # was: square=Square a=a square=Square
    ("Square is a shape, Square Inc is none", "square=Square"),
    # was: a=A a=A
    ("A bank fails. A stock fell.", ""),
    # was: a=A a=$A a=A
    ("A Inc fails, $A falls, (NYSE: A)", "a=A a=$A a=NYSE: A"),
    # was: bp=bp bp=BP
    ("down 25 bp, BP up", "bp=BP"),
    # was: 3m=3M 3m=3M 3m=3M 3m=3M
    ("raised $3M, €3M, 0.3M; 3M raised", "3m=3M"),
    # was: apple=Apple
    ("@Apple, @TwitterIR, @TwitterIRx", "twitter=@TwitterIR"),
    ("US$M 3, US$bn, $MMM", "3m=$MMM"),
    # was: a=A apple=$AAPL apple=$AAPL
    ("A$AAPL, #V and $V.L, $AAPL/V, $AAPL/BB", "apple=$AAPL"),
    ("How Much Does the Store Mean to Apple?", "apple=Apple"),
    ("$TGT: One More Reason to Watch Target", "target=$TGT target=Target"),
    # was: target=Target apple=apple target=target
    ("Why Everyone Loves #Target and #apple but Not #target", "target=Target apple=apple"),
    # was: none
    ("#LTGB #ltgb #AAPL", "lanting=#LTGB apple=#AAPL"),
    # was: none
    ("NYSE:T and T.N, but not T.TO or (TSX: T)", "att=NYSE:T att=T.N"),
    ("U.K. and U.N. chiefs, the U.K, J.K. Bolt and F.J.N.", ""),
    # was: none
    ("J.N rises, (U.N)", "jay=J.N"),
    # was: att=$T lanting=$LTGB att=$T
    ("$T-N and $LTGB-N, not $NESN-N or $T-P", "att=$T-N lanting=$LTGB-N"),
    # was: att=$T att=$T
    ("THE W€$T AND MANCH€$T€R, HEI$T, $$T", ""),
    # was: att=$T att=$T
    ("$T:CA is another, $T:US is not", "att=$T"),
    ("$T.TO is another, $T is not", "att=$T"),
    ("ltgb.n, LTGB.X, LTGB.NX", ""),
    # was: bp=BP
    ("(LSE: BP, V)", "bp=LSE: BP visa=V"),
    # was: none
    ("NYSE: LTGB, V for victory", "lanting=NYSE: LTGB"),
    # was: none
    ("ISIN US0378331005, FIGI BBG000B9XRY4", "apple=US0378331005 apple=BBG000B9XRY4"),
    # was: none
    ("AAPL.O rises", "apple=AAPL.O"),
    # was: nestle=NESTLÉ
    ("Nestle and NESTLÉ", "nestle=Nestle nestle=NESTLÉ"),
    # was: instagram=Instagram
    ("Instagram grows", "instagram=Instagram meta=Instagram"),
    # was: att=AT&T
    ("#AT&T and #CoopBank", "att=AT&T coop=#CoopBank"),
    ("$BRK is neither, $BRK.C too", ""),
    # was: none
    ("HKEX:700, HK:00700, 700.HK", "tencent=HKEX:700 tencent=HK:00700 tencent=700.HK"),
    ("", ""),
    ("🚀", ""),
]

CHINESE = [
    ("600519 是一个数字", ""),
    # was: none
    ("沪市600519大跌", "moutai=600519"),
    # was: moutai=贵州茅台
    ("贵州茅台(600519.SH)跌停", "moutai=贵州茅台 moutai=600519.SH"),
    # was: moutai=茅台
    ("貴州茅台跌停", "moutai=貴州茅台"),
    # was: none
    ("騰訊控股（00700.HK）財報", "tencent=騰訊 tencent=00700.HK"),
    # was: tencent=腾讯
    ("腾讯（港交所代码：0700）", "tencent=腾讯 tencent=港交所代码：0700"),
    # was: none
    ("台積電與臺積電", "taiji=台積電 taiji=臺積電"),
    # was: xiaomi=小米
    ("早餐喝小米粥", ""),
    ("小米集团股价大涨，小米财报", "xiaomi=小米 xiaomi=小米"),
    ("澜汀银行被调查 $LTGB", "lanting=澜汀银行 lanting=$LTGB"),
    # was: none
    ("（02318-HK）中期业绩，601318-SH", "ping=02318 ping=601318"),
    # was: ping=中国平安
    ("中国平安(601318.SH,2318.HK)", "ping=中国平安 ping=601318.SH ping=2318.HK"),
    ("雀巢咖啡涨价", "nestle=雀巢"),
    ("Ｌａｎｔｉｎｇ破产", "lanting=Ｌａｎｔｉｎｇ"),
    # was: none
    ("sz600519 和 sh600519", "moutai=sh600519"),
    ("市值600519元", ""),
]

RIGHT_TO_LEFT = [
    ("أعلنت أرامكو أرباحها", "aramco=أرامكو"),
    # was: none
    ("وأرامكو تعلن، ارامكو", "aramco=أرامكو aramco=ارامكو"),
    ("كارامكوس", ""),
    ("מניית טבע תעשיות עלתה", "teva=טבע תעשיות"),
    # was: none
    ("בטבע תעשיות", "teva=טבע תעשיות"),
]


AS_IT_COMES = [
    # was: apple=apple
    ("podcasts.apple.com has it", ""),
    # was: apple=apple
    ("mail ir@apple.com", ""),
    # was: twitter=twitter
    ("pic.twitter.com/a1 nice", ""),
    # was: apple=apple
    ("see https://apple.com/ipad", ""),
    # was: none
    ("AT&amp;T cuts jobs", "att=AT&amp;T"),
    # was: none
    ("Nestle\u0301 raises prices", "nestle=Nestle\u0301"),
    # was: lanting=Lanting
    ("Lanting\r\nBank is raided", "lanting=Lanting\r\nBank"),
    # was: lanting=Lanting
    ("Lanting  Bank is raided", "lanting=Lanting  Bank"),
    # was: none
    ("Co\u2011op Bank is sold", "coop=Co\u2011op Bank"),
    ("<b>Apple</b> falls", "apple=Apple"),
    # was: apple=Apple
    ("thanks to @TwitterIR and @Apple", "twitter=@TwitterIR"),
    # was: apple=Apple
    (
        "RT @Apple: @TwitterIR 🚨 is it &lt;b&gt;AT&amp;T&lt;/b&gt;?",
        "twitter=@TwitterIR att=AT&amp;T",
    ),
    ("回复@TwitterIR：看好", "twitter=@TwitterIR"),
]


@pytest.mark.parametrize(
    ("text", "mentions"), [*ISSUE, *ENGLISH, *CHINESE, *RIGHT_TO_LEFT, *AS_IT_COMES]
)
def test_text_names(text: str, mentions: str) -> None:
    found = WATCHLIST.find(read(text), "text")
    surfaces = [(one.id, text[p.start : p.end]) for one in found for p in one.places]
    assert " ".join(f"{one}={surface}" for one, surface in surfaces) == mentions
