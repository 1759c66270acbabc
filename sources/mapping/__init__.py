"""From any record or row to a document.

`mapper` picks the fields by a `Mapping`, whose places are `paths`; `shapes` has ready-made ones and
`mapping_file` reads those of a desk. `values` and `times` bring each field into its form, and
`repair` makes a document of them: what breaks a bound is cut or left out, and noted. `survey` and
`proposal` find a mapping for what nobody has described.
"""
