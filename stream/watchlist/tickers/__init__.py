"""Tickers and codes of securities, as a list has them and as texts write them."""
