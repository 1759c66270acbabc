"""What a person says of a file that its name does not say."""

from msgspec import Struct


class FileFormat(Struct, frozen=True, kw_only=True):
    """How to read a file; what is of no use for its ending has no effect.

    encoding: of text, by its name in Python; None is UTF-8. A byte order mark overrules it.
    delimiter: what stands between two cells of CSV; None is a comma, in .tsv a tab.
    header: whether the first row of CSV names the columns; without, they are "0", "1" and so on.
    records: where the rows are in a JSON value: names of fields with dots between, such as "a.b".
    has_options: whether a person has options for these, which errors may name.
    """

    encoding: str | None = None
    delimiter: str | None = None
    header: bool = True
    records: str | None = None
    has_options: bool = True
