"""What programs use: `model` classifies texts, `alert_stream` reads alerts. No command knows it."""
