"""How documents come: as rows of files, as records of any shape.

`files` reads raw rows out of CSV, JSON, Parquet and text files. `mapping` says where the fields of
a document are in what was read, and makes a document of them.
"""
