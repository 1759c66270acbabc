"""An encoder small enough to train in a test: random, two layers of width 32."""

from collections.abc import Sequence
from pathlib import Path

import torch
from tokenizers import Tokenizer, normalizers, pre_tokenizers, processors
from tokenizers.models import WordPiece
from transformers import BertConfig, BertModel

from bundle import manifest
from bundle.heads import TAGS, Head, HeadName
from bundle.manifest import Manifest
from bundle.network import Network
from bundle.pretrained import load_encoder
from bundle.tokens import TextTokenizer
from schemas.scored import LABELS

LENGTH = 64

_SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
_CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789.,%$&'-苹果公司亏损盈利"
_WORDS = ["loss", "profit", "falls", "rises", "holds", "apple", "acme", "cook", "china", "tim"]

HEADS: dict[HeadName, Head] = {
    "sentiment": Head(kind="single", labels=list(LABELS)),
    "topic": Head(kind="multi", labels=["deals", "earnings", "macro"], threshold=0.3),
    "entity": Head(kind="tags", labels=list(TAGS)),
}


def config(labels: Sequence[str] = LABELS) -> BertConfig:
    """The configuration of the encoder, or of a classifier with these `labels`."""
    return BertConfig(
        vocab_size=len(_vocabulary()),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=LENGTH,
        id2label=dict(enumerate(labels)),
        label2id={label: number for number, label in enumerate(labels)},
    )


def write_base(folder: Path) -> Path:
    """Write the encoder and its tokenizer into `folder`."""
    torch.manual_seed(1)
    # transformers leaves out the types of its constructors.
    model = BertModel(config(), add_pooling_layer=False)  # type: ignore[no-untyped-call]
    model.save_pretrained(folder)
    write_tokenizer(folder)
    return folder


def write_tokenizer(folder: Path) -> None:
    """Write the tokenizer into `folder`."""
    vocabulary = _vocabulary()
    tokenizer = Tokenizer(WordPiece(vocabulary, unk_token=_SPECIAL[1]))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(
        ("[SEP]", vocabulary["[SEP]"]), ("[CLS]", vocabulary["[CLS]"])
    )
    tokenizer.save(str(folder / "tokenizer.json"))


def write_bundle(
    folder: Path, base: Path, heads: dict[HeadName, Head] = HEADS, name: str = "tiny"
) -> Manifest:
    """Write a bundle with random heads into `folder`."""
    torch.manual_seed(2)
    network = Network(load_encoder(base), {head: len(of.labels) for head, of in heads.items()})
    folder.mkdir(parents=True, exist_ok=True)
    network.save(folder)
    TextTokenizer.load(base, LENGTH).save(folder)
    return manifest.seal(folder, name=name, base_model="tiny", max_length=LENGTH, heads=heads)


def write_two_bundles(folder: Path) -> tuple[Path, Path]:
    """Write two bundles into `folder` whose scores of any text are far apart."""
    base = folder / "base"
    write_base(base)
    for name, temperature in (("one", 1.0), ("two", 0.1)):
        sentiment = Head(kind="single", labels=list(LABELS), temperature=temperature)
        write_bundle(folder / name, base, HEADS | {"sentiment": sentiment}, name)
    return folder / "one", folder / "two"


def _vocabulary() -> dict[str, int]:
    pieces = [*_SPECIAL, *_CHARACTERS, *(f"##{piece}" for piece in _CHARACTERS), *_WORDS]
    return {piece: number for number, piece in enumerate(pieces)}
