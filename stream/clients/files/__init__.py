"""Documents out of the raw rows of `sources.files`.

`documents` reads the documents of a file; `columns` makes one of a raw row, with `times`.
`piped` says what format piped input has.
"""
