"""What a worker writes to Kafka, so that no record is too large for it.

`scored` and `alert` say how a record of each kind is cut; `limits` asks Kafka how large one may be;
`producer` cuts what is larger, and goes on when Kafka refuses a record all the same.
"""
