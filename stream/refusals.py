"""What an error of a server or a file means to a person: whose it is, and which settings to see.

The clients' own errors say neither.
"""

import ssl

from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    KafkaError,
    TopicAuthorizationFailedError,
    UnknownError,
)
from redis.exceptions import RedisError

_LOGIN = "PETREL_KAFKA_USERNAME, PETREL_KAFKA_PASSWORD"
_SETTINGS: tuple[tuple[type[Exception], str], ...] = (
    (TopicAuthorizationFailedError, f"Kafka ({_LOGIN})"),
    (GroupAuthorizationFailedError, f"Kafka ({_LOGIN}, PETREL_GROUP)"),
    (ClusterAuthorizationFailedError, f"Kafka ({_LOGIN}, PETREL_KAFKA_IDEMPOTENCE)"),
    # So a broker answers that cannot append records once.
    (UnknownError, "Kafka (PETREL_KAFKA_BOOTSTRAP; PETREL_KAFKA_IDEMPOTENCE=false may help)"),
    (KafkaError, "Kafka (PETREL_KAFKA_BOOTSTRAP)"),
    (RedisError, "Redis (PETREL_REDIS_URL)"),
    (ssl.SSLError, "TLS (PETREL_KAFKA_CA_FILE, PETREL_KAFKA_CERT_FILE, PETREL_KAFKA_KEY_FILE)"),
)


def explained(error: Exception) -> str:
    """A sentence about an error of Kafka, Redis, TLS or a file."""
    origin = next((origin for kind, origin in _SETTINGS if isinstance(error, kind)), None)
    if origin is None and isinstance(error, OSError) and error.strerror:
        origin, reason = error.filename, error.strerror
    else:
        reason = str(error) or f"no answer in time ({type(error).__name__})"
    return f"{origin}: {reason}" if origin else reason
