"""Which scripts put no space between words: what a word is depends on it."""

# The body of a regular expression's character class.
UNSPACED = (
    # Thai, Lao, Myanmar, Khmer.
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u19e0-\u19ff\ua9e0-\ua9ff\uaa60-\uaa7f"
    # Kana and bopomofo, without the middle dot, which is punctuation.
    "\u3005-\u3007\u3031-\u3035\u303b\u3040-\u30fa\u30fc-\u30ff\u3105-\u312f\u31f0-\u31ff\uff66-\uff9f"
    # Han.
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
