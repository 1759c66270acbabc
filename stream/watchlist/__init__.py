"""The watch list: which companies a text names, where, and why.

`watchlist_file` reads the YAML file into `company` entries, each of which has its `surfaces`:
names, tickers (`tickers`), codes. `watchlist` looks for all of them at once (`automaton`) in the
text as `words.folding` compares it; the `forms` say which finds are mentions: `words.edges` knows
where words end, `words.ordinary_words` which names are words, `words.letter_case` whether a capital
says anything, and `words.company_signs` what stands beside a company. `watchlist_watcher` replaces
the list while a worker runs.
"""
