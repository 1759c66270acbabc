"""How texts are compared and read: what is one word, which words are names too, what stands beside.

The data beside the modules: `ordinary_words.txt`, English words that news and posts write in lower
case; `names_that_are_words.txt`, names of listed companies that are rarer words; `simplified.txt`,
each traditional character with its simplified one, after the character table of OpenCC (Apache
License 2.0).
"""
