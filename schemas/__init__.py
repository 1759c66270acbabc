"""The contract: one type per kind of record that Petrel reads from or writes to Kafka."""

from schemas.alert import (
    Alert,
    AnyAlert,
    Baseline,
    Evidence,
    GroupAlert,
    GroupMember,
    Severity,
    Transition,
    decode_alert,
)
from schemas.codec import InvalidRecord, decode, encode
from schemas.deadletter import DeadLetterHeaders, dead_letter_topic
from schemas.document import MAX_TEXT, Document
from schemas.feedback import Correction
from schemas.scored import (
    LABELS,
    Entity,
    Label,
    Model,
    Novelty,
    Origin,
    Place,
    ScoredDocument,
    Sentiment,
    TopicScore,
)
from schemas.topics import Topics
from schemas.window import SentimentWindow

__all__ = [
    "LABELS",
    "MAX_TEXT",
    "Alert",
    "AnyAlert",
    "Baseline",
    "Correction",
    "DeadLetterHeaders",
    "Document",
    "Entity",
    "Evidence",
    "GroupAlert",
    "GroupMember",
    "InvalidRecord",
    "Label",
    "Model",
    "Novelty",
    "Origin",
    "Place",
    "ScoredDocument",
    "Sentiment",
    "SentimentWindow",
    "Severity",
    "TopicScore",
    "Topics",
    "Transition",
    "dead_letter_topic",
    "decode",
    "decode_alert",
    "encode",
]
