"""How documents come: as records and files of any shape.

`mapping` says where the fields of a document are in what was read, and makes a document of them.
"""
