"""What uses a stream from outside, without being a worker.

`feed` sends documents, `replay` runs past ones through workers of their own, both by way of
`files`; `alert_reader` and `shadow` follow outputs, `dead_letters` and `redrive` deal with what was
set aside, `feedback` collects corrections; `background_reader` reads what may block.
"""
