"""Raw rows out of files, one after another; memory is bounded by the longest row, not the file.

`reader` opens a file and chooses the format by its ending; `file_format` is what a person says of
it. The bytes come through `compression` and `encoding`, which make UTF-8 of them, in blocks
(`blocks`). Each format is a file: `json_file` (over `json_scanner`), `json_lines`, `csv_table`
(over `csv_reading`, which tries `csv_quoting` on `csv_lines`), `parquet_table` and `text_lines`.
All use `row` (the types and errors); those that go by lines use `lines`, those of JSON `json_row`.
"""
