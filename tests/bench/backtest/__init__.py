"""What detection costs: a backtest by the record, and a key by its state and its steps."""
