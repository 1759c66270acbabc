"""How a stream is, from outside: by what Kafka and Redis hold of it, without a worker's help.

`report` puts together what `group` finds in Kafka and `counts` in Redis. Nothing is written or
created.
"""
