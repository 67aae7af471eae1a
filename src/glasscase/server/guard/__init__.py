"""What stands before every request: bounds, names, log lines and the one shape of a refusal."""
