"""The AsyncAPI 3 document: every Kafka topic that Petrel reads or writes, and what is in it."""

from collections.abc import Mapping
from typing import Any

from msgspec import structs

from schemas.deadletter import DeadLetterHeaders, header_name
from schemas.topics import Topics

Node = dict[str, Any]

_BINDING = "0.5.0"
_TOPICS = Topics()

_ABOUT = """\
Petrel reads financial news and posts from Kafka, scores them, and says so when the mood about a
company, a topic or a market turns negative. Actions are Petrel's own: it sends what you receive.
In a replay each Kafka topic has the replay's namespace and a dot before its name.
"""

_CLOUD_EVENTS: Node = {
    "type": "object",
    "description": "CloudEvents 1.0 attributes in binary mode; a field of the value goes first.",
    "properties": {
        "ce_id": {"type": "string", "description": "Serves as `id`."},
        "ce_source": {"type": "string", "description": "Serves as `source`."},
        "ce_time": {
            "type": "string",
            "format": "date-time",
            "description": "Serves as `published_at`.",
        },
    },
}

_HEARTBEAT_HEADERS: Node = {
    "type": "object",
    "required": ["petrel-heartbeat"],
    "properties": {
        "petrel-heartbeat": {
            "type": "string",
            "pattern": "^[0-9]+$",
            "description": "Epoch milliseconds up to which the source partition is complete.",
        },
        "petrel-begin": {
            "type": "string",
            "description": "Present when what arrived before that is in no window.",
        },
        "petrel-end": {
            "type": "string",
            "pattern": "^[0-9]+$",
            "description": "Present when no worker reads the source partition any more: epoch"
            " milliseconds until which one said that it does.",
        },
    },
}


def document(schemas: Mapping[str, Any]) -> Node:
    """The AsyncAPI document; `schemas` are its components, by the names of their types."""
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Petrel", "version": "1.0.0", "description": _ABOUT},
        "defaultContentType": "application/json",
        "channels": _channels(),
        "operations": _operations(),
        "components": {"schemas": dict(schemas), "messages": _messages()},
    }


def _channels() -> Node:
    return {
        "news": _channel("news.raw.v1", "An input. Any Kafka topic can be one.", "Document"),
        "social": _channel("social.raw.v1", "An input. Any Kafka topic can be one.", "Document"),
        "scored": _scored(),
        "windows": _windows(),
        "alerts": _channel(
            _TOPICS.alerts,
            "Alerts that open, escalate and resolve, in order per key. `rule` says which type each"
            " record has; of many companies at once one group alert tells.",
            "Alert",
            "GroupAlert",
        ),
        "feedback": _feedback(),
        "deadLetters": _dead_letters(),
    }


def _scored() -> Node:
    about = """\
Every document once it is scored, in the order of its source partition. Heartbeats are in the
same log: skip records without a value.
"""
    return _channel(_TOPICS.scored, about, "ScoredDocument", "Heartbeat")


def _windows() -> Node:
    about = "Sentiment windows. Compacted: the last record of a Kafka key is the one that counts."
    return _configured(_channel(_TOPICS.windows, about, "SentimentWindow"), "compact", "delete")


def _feedback() -> Node:
    about = "What readers know better. Compacted: the last correction of a document counts."
    return _configured(_channel(_TOPICS.feedback, about, "Correction"), "compact")


def _configured(channel: Node, *policies: str) -> Node:
    channel["bindings"]["kafka"]["topicConfiguration"] = {"cleanup.policy": list(policies)}
    return channel


def _dead_letters() -> Node:
    channel = _channel(
        "{topic}.dlq",
        "What could not be processed, byte for byte, or as much of it as the topic takes.",
        "DeadLetter",
    )
    source = {"description": "The Kafka topic it came from.", "examples": ["news.raw.v1"]}
    return {**channel, "parameters": {"topic": source}}


def _channel(address: str, description: str, *messages: str) -> Node:
    return {
        "address": address,
        "description": description,
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
        "bindings": {"kafka": {"bindingVersion": _BINDING}},
    }


def _operations() -> Node:
    return {
        "receiveNews": _operation("receive", "news", "Document"),
        "receiveSocial": _operation("receive", "social", "Document"),
        "sendScored": _operation("send", "scored", "ScoredDocument", "Heartbeat"),
        "receiveScored": _operation("receive", "scored", "ScoredDocument", "Heartbeat"),
        "sendWindows": _operation("send", "windows", "SentimentWindow"),
        "sendAlerts": _operation("send", "alerts", "Alert", "GroupAlert"),
        "sendFeedback": _operation("send", "feedback", "Correction"),
        "receiveFeedback": _operation("receive", "feedback", "Correction"),
        "sendDeadLetters": _operation("send", "deadLetters", "DeadLetter"),
        "receiveDeadLetters": _operation("receive", "deadLetters", "DeadLetter"),
    }


def _operation(action: str, channel: str, *messages: str) -> Node:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "messages": [{"$ref": f"#/channels/{channel}/messages/{name}"} for name in messages],
        "bindings": {"kafka": {"bindingVersion": _BINDING}},
    }


def _messages() -> Node:
    return {
        "Document": {**_record("Document", "Any key, or none."), "headers": _CLOUD_EVENTS},
        "ScoredDocument": _record("ScoredDocument", "The document's id."),
        "SentimentWindow": _record(
            "SentimentWindow", "`<kind>:<subject>|<size>|<end in epoch seconds>`."
        ),
        "Alert": _record("Alert", "`<kind>:<subject>`."),
        "GroupAlert": _record("GroupAlert", "`group:companies`."),
        "Correction": _record("Correction", "The document's id."),
        "Heartbeat": _heartbeat(),
        "DeadLetter": _dead_letter(),
    }


def _record(name: str, key: str) -> Node:
    return _message(name, key, {"$ref": f"#/components/schemas/{name}"})


def _heartbeat() -> Node:
    about = "A record without a value: its source partition is complete up to a time."
    message = _message("Heartbeat", "`<topic>/<partition>` of the source.", {"type": "null"})
    return {**message, "description": about, "headers": _HEARTBEAT_HEADERS}


def _dead_letter() -> Node:
    about = "The record as it came, key, value and headers; headers are added that say why."
    message = _message("DeadLetter", "The record's own.", {"description": "Any bytes."})
    return {
        **message,
        "description": about,
        "contentType": "application/octet-stream",
        "headers": _dead_letter_headers(),
    }


def _dead_letter_headers() -> Node:
    fields = structs.fields(DeadLetterHeaders)
    names = [header_name(field.name) for field in fields]
    return {
        "type": "object",
        "description": "The fields of `DeadLetterHeaders`, each as UTF-8 text.",
        "required": [header_name(field.name) for field in fields if field.required],
        "properties": {name: {"type": "string"} for name in names},
    }


def _message(name: str, key: str, payload: Node) -> Node:
    key_schema = {"type": "string", "description": key}
    return {
        "name": name,
        "payload": payload,
        "bindings": {"kafka": {"key": key_schema, "bindingVersion": _BINDING}},
    }
