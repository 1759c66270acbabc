from pathlib import Path

import pytest
from tokenizers import Tokenizer, normalizers, pre_tokenizers
from tokenizers.models import BPE, Unigram, WordPiece

from bundle.text import read
from bundle.text.emoji import EMOJI, emoji_name
from bundle.tokens import TextTokenizer, Tokens

_WORDS = [
    "[UNK]",
    "a",
    "##a",
    "up",
    "now",
    "rocket",
    "skull",
    "man",
    "woman",
    "girl",
    "🐂",
    "♥",
    "##♥",
]


@pytest.fixture
def tokenizer() -> TextTokenizer:
    inner = Tokenizer(WordPiece({word: n for n, word in enumerate(_WORDS)}, unk_token=_WORDS[0]))
    inner.normalizer = normalizers.BertNormalizer(lowercase=True)
    inner.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return TextTokenizer(inner, 16)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("up 🚀 now", ["up", "rocket", "now"]),
        ("up🚀now", ["up", "rocket", "now"]),
        ("🚀💀🚀", ["rocket", "skull", "rocket"]),
        ("up 👨‍👩‍👧 now", ["up", "man", "woman", "girl", "now"]),
        ("up 🚀️ now", ["up", "rocket", "now"]),
        ("up ♥ now", ["up", "♥", "now"]),
        ("a♥a♥️", ["a", "##♥", "##a", "##♥"]),
        ("up🐂now", ["up", "🐂", "now"]),
    ],
)
def test_emoji_without_a_token_is_read_as_its_name(
    tokenizer: TextTokenizer, text: str, expected: list[str]
) -> None:
    (tokens,) = tokenizer([read(text)])
    assert [_WORDS[one] for one in tokens.ids] == expected


def test_words_of_an_emoji_stand_where_it_stands_in_the_original(tokenizer: TextTokenizer) -> None:
    text = "<b>up</b>👨‍👩‍👧&nbsp;now 🚀"
    (tokens,) = tokenizer([read(text)])
    assert surfaces(text, tokens) == ["up", "👨‍👩‍👧", "👨‍👩‍👧", "👨‍👩‍👧", "now", "🚀"]


def test_vocabulary_that_knows_everything_is_given_the_emoji() -> None:
    model = BPE({letter: n for n, letter in enumerate(pre_tokenizers.ByteLevel.alphabet())}, [])
    inner = Tokenizer(model)
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    (tokens,) = TextTokenizer(inner, 16)([read("🚀")])
    assert len(tokens) == len("🚀".encode())


def test_unigram_vocabulary_without_the_emoji_is_given_its_name() -> None:
    pieces = [(piece, -1.0) for piece in ["<unk>", " ", "a", "rocket"]]
    (tokens,) = TextTokenizer(Tokenizer(Unigram(pieces, 0)), 16)([read("a🚀")])
    assert [pieces[one][0] for one in tokens.ids] == ["a", " ", "rocket"]


def test_tokenizer_that_was_saved_names_emoji_alike(
    tokenizer: TextTokenizer, tmp_path: Path
) -> None:
    tokenizer.save(tmp_path)
    readings = [read("up 🚀🐂 now")]
    assert TextTokenizer.load(tmp_path, 16)(readings) == tokenizer(readings)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("📉💀", ["chart with downwards trend", "skull"]),
        ("🇺🇸🇨🇳", ["flag US", "flag CN"]),
        ("1️⃣", ["1"]),
        ("👍🏽", ["thumbs up"]),
        ("❤️🖤", ["heart", "black heart"]),
        ("🤦🏻‍♂️", ["face palm"]),
        ("🏴󠁧󠁢󠁥󠁮󠁧󠁿", ["waving black flag"]),
        ("🏳️‍🌈", ["waving white flag rainbow"]),
        ("1 → 2 亏损", []),
    ],
)
def test_names_of_emoji(text: str, expected: list[str]) -> None:
    assert [emoji_name(match[0]) for match in EMOJI.finditer(text)] == expected


def surfaces(text: str, tokens: Tokens) -> list[str]:
    places = [tokens.reading.original(start, end) for start, end in tokens.offsets]
    return [text[start:end] for start, end in places]
