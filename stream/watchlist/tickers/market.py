"""Markets that shares are listed at, and how texts write them beside a ticker."""

from typing import NamedTuple


class Market(NamedTuple):
    """A market: its names before a ticker, its suffixes behind one, its prefix before a number."""

    id: str
    names: tuple[str, ...]
    suffixes: tuple[str, ...]
    prefix: str = ""


# All in the folded form of a text. Some names and suffixes are those of several markets.
MARKETS = (
    Market("NYSE", ("nyse", "nyse american", "nysearca", "纽交所", "纽约证券交易所"), ("n", "k")),
    Market("NASDAQ", ("nasdaq", "nasdaqgs", "nasdaqgm", "nasdaqcm", "纳斯达克"), ("o", "oq")),
    Market("OTC", ("otc", "otcmkts", "otcqb", "otcqx", "otc pink"), ("pk",)),
    Market("LSE", ("lse", "lon", "aim"), ("l",)),
    Market("HKEX", ("hkex", "sehk", "hkse", "hkg", "hk", "港交所", "港股"), ("hk",), "hk"),
    Market("SSE", ("sse", "shse", "sha", "sh", "上交所", "沪市"), ("sh", "ss"), "sh"),
    Market("SZSE", ("szse", "she", "sz", "深交所", "深市"), ("sz",), "sz"),
    Market("BJSE", ("bjse", "bj", "北交所"), ("bj",), "bj"),
    Market("TWSE", ("twse", "tpe", "台股"), ("tw", "two")),
    Market("TSE", ("tse", "tyo", "东证"), ("t",)),
    Market("KRX", ("krx", "kospi", "kosdaq"), ("ks", "kq")),
    Market("TSX", ("tsx", "tse", "tsxv", "cve", "cse"), ("to", "v", "cn")),
    Market("ASX", ("asx",), ("ax",)),
    Market("NZX", ("nzx", "nze"), ("nz",)),
    Market("SGX", ("sgx",), ("si",)),
    Market("NSE", ("nse",), ("ns",)),
    Market("BSE", ("bse", "bom"), ("bo",)),
    Market("XETRA", ("xetra", "etr", "fra", "fwb", "fse"), ("de", "f")),
    Market("EURONEXT", ("euronext", "epa", "ams", "ebr", "eli"), ("pa", "as", "br", "ls")),
    Market("BIT", ("bit", "borsa italiana"), ("mi",)),
    Market("BME", ("bme",), ("mc",)),
    Market("SIX", ("six", "swx", "vtx"), ("s", "sw", "vx")),
    Market("NORDIC", ("sto", "cph", "hel", "osl", "ose"), ("st", "co", "he", "ol")),
    Market("VIE", ("vie", "wbag"), ("vi",)),
    Market("GPW", ("gpw", "wse"), ("wa",)),
    Market("JSE", ("jse",), ("jo", "j")),
    Market("TASE", ("tase", "tlv"), ("ta",)),
    Market("B3", ("b3", "bvmf", "bovespa"), ("sa",)),
    Market("BMV", ("bmv",), ("mx",)),
    Market("IDX", ("idx", "jkt"), ("jk",)),
    Market("TADAWUL", ("tadawul", "tasi"), ("sr",)),
)


def _by(words: dict[str, tuple[str, ...]]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for market, known in words.items():
        for word in known:
            found.setdefault(word, set()).add(market)
    return {word: frozenset(markets) for word, markets in found.items()}


# The markets that a name or a suffix stands for.
BY_NAME = _by({market.id: market.names for market in MARKETS})
BY_SUFFIX = _by({market.id: market.suffixes for market in MARKETS})
BY_ID = {market.id: market for market in MARKETS}
