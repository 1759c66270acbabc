"""What uses a stream from outside: feed, replay, dead letters, feedback, shadow, alerts."""
