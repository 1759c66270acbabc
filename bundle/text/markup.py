"""HTML: tags and what nobody reads go, entities become what they stand for."""

import html
import re
from collections.abc import Iterator

from bundle.text.draft import Draft, Edit

_INLINE_NAMES = (
    "a abbr b bdi bdo big cite code del dfn em font i ins kbd mark o:p q s samp small span strike "
    "strong sub sup time tt u var wbr"
)
_OTHER_NAMES = (
    "address area article aside audio base blockquote body br button canvas caption center col "
    "colgroup dd details dialog div dl dt embed fieldset figcaption figure footer form frame "
    "frameset h1 h2 h3 h4 h5 h6 head header hr html iframe img input label legend li link main map "
    "meta nav noscript object ol optgroup option p param picture pre script section select source "
    "style summary svg table tbody td template textarea tfoot th thead title tr track ul video"
)
_INLINE = frozenset(_INLINE_NAMES.split())
_KNOWN = _INLINE.union(_OTHER_NAMES.split())

# What stands between these is no text. The first two may lack their end, where a page was cut off,
# but only code may follow then: "<script>" can be a word, too.
_CODE = re.compile(r"[{};=]|\w\(")
_ENDLESS = frozenset({"script", "style"})
_UNREAD = {
    name: re.compile(rf"</{name}\b[^<>]*>", re.IGNORECASE)
    for name in (*_ENDLESS, "iframe", "noscript", "svg", "template", "textarea", "title")
}

# A name with nothing, or with attributes of which one has a value: "P<B and C>D" is no tag. All
# repetitions stop at "<" and give nothing back, so that no text takes more than one look.
_QUOTED = r"""(?:[^<>"']++|"[^"<]*+"|'[^'<]*+')*+>"""
_ATTRIBUTES = rf"(?=[\s/][^<>=]*=)(?:{_QUOTED}|[^<>]*+(?:>|\Z))"
_TAG = re.compile(
    r"<(?:(?P<comment>!--)|(?P<marker>!\[CDATA\[|!doctype\b[^<>]*+>|\?xml\b[^<>]*+>)"
    rf"|/?(?P<name>[a-z][a-z0-9:]{{0,15}})(?:\s*+/?>|{_ATTRIBUTES}))|(?P<cdata>\]\]>)",
    re.IGNORECASE,
)
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,31});", re.IGNORECASE)


def strip_tags(draft: Draft) -> None:
    """Take out tags, comments, scripts and styles; a tag that breaks the line breaks it."""
    if "<" in draft.text:
        draft.replace(_tags(draft.text))


def resolve_entities(draft: Draft) -> None:
    """Put for each entity what it stands for, a space for one that stands for nothing."""
    if "&" in draft.text:
        draft.replace(_entities(draft.text))


def _tags(text: str) -> Iterator[Edit]:
    position = 0
    endless: set[str] = set()
    while tag := _TAG.search(text, position):
        start, position = tag.span()
        if tag["comment"]:
            end = text.find("-->", position)
            position = len(text) if end < 0 else end + len("-->")
            yield start, position, ""
        elif name := (tag["name"] or "").lower():
            if name in _KNOWN:
                position = _end(text, tag, name, endless)
                yield start, position, "" if name in _INLINE else "\n"
        else:
            yield start, position, "\n"


def _end(text: str, tag: re.Match[str], name: str, endless: set[str]) -> int:
    """Where what `tag` begins ends; `endless` are the names whose end was sought in vain."""
    if name not in _UNREAD or text[tag.start() + 1] == "/" or name in endless:
        return tag.end()
    close = _UNREAD[name].search(text, tag.end())
    if close:
        return close.end()
    endless.add(name)
    cut_off = name in _ENDLESS and _CODE.search(text, tag.end())
    return len(text) if cut_off else tag.end()


def _entities(text: str) -> Iterator[Edit]:
    for entity in _ENTITY.finditer(text):
        character = html.unescape(entity[0])
        if character != entity[0]:
            yield *entity.span(), " " if character.isspace() or not character else character
