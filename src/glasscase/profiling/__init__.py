"""What a catalogue is like before anybody trains on it."""
