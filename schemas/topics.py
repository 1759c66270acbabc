"""The names of the Kafka topics, live or in a replay's namespace."""

from msgspec import Struct


class Topics(Struct, frozen=True):
    """Kafka topic names: `<domain>.<dataset>.<version>`, behind a namespace in a replay."""

    namespace: str = ""

    def named(self, topic: str) -> str:
        """`topic` as it is called in this namespace."""
        return f"{self.namespace}.{topic}" if self.namespace else topic

    def bare(self, topic: str) -> str:
        """`topic` as it is called outside of any namespace."""
        return topic.removeprefix(f"{self.namespace}.") if self.namespace else topic

    @property
    def scored(self) -> str:
        return self.named("sentiment.scored.v1")

    @property
    def windows(self) -> str:
        return self.named("sentiment.windows.v1")

    @property
    def alerts(self) -> str:
        return self.named("sentiment.alerts.v1")

    @property
    def feedback(self) -> str:
        return self.named("sentiment.feedback.v1")
