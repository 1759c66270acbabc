"""What the commands share: options, kinds of values, errors, progress, what is shown."""
