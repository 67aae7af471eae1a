"""What a person has to look at, in order."""
