"""Documents out of files, a row at a time; memory is bounded by the longest row, not the file.

`reader` opens a file and chooses the format by its ending; each format is a file: `json_lines`,
`text_lines`, `csv_table`, `parquet_table`. All use `columns` (which column a field is in) and
`row` (the types and errors); the line formats use `lines`.
"""
