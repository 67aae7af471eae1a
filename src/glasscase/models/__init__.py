"""From vectors to a decision: heads, calibration, the classifier and its bundle."""
