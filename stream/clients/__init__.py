"""What uses a stream from outside, without being a worker.

feed                     documents from a file or standard input to a Kafka topic
destination              the Kafka topic that documents are sent to
polling/                 RSS and Atom feeds to a Kafka topic
http_endpoint            documents over HTTP to a Kafka topic
replay/                  past documents through workers of its own
backtest/                scored records through other settings, without workers
dead_letters, redrive    look at what was set aside, and send it back
feedback                 corrections of scored documents
shadow                   a second model on what the live one has scored
alert_reader             the alerts
results/                 scored documents and windows; what readers of results share
status/                  how the stream is, by what Kafka and Redis hold
files/                   documents out of the rows of files, records into files
file_classifier          a model on the documents of a file
kafka_sender             a producer for as long as a process lives, also when Kafka was away
until_stopped            work that a signal ends in order
background_reader        a blocking iterator in a thread, as batches
"""
