"""What is sent to the service: bounded, checked, on disk where it is large."""
