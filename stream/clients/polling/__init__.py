"""RSS and Atom feeds, polled: what is new in them goes to a Kafka topic.

poller          every feed on its own: fetch, parse, send, remember, wait
fetch           one polite, bounded GET
parser_process  a feed is parsed in a process that can be stopped
feed_parser     the bytes of a feed -> documents;  html_text  HTML -> text
state           what was sent, over restarts
schedule        when to poll again
address         URLs of feeds, and how they may be shown
"""
