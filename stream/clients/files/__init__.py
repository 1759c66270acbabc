"""Documents out of the raw rows of `sources.files`.

`documents` reads the documents of a file; `row_mapper` makes one of a raw row.
`piped` says what format piped input has. `record_writer` writes records into a file, Parquet by an
`arrow_schema`. `series_file` reads a plain series.
"""
