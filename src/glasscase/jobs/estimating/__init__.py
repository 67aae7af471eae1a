"""What a training would cost, from small pieces of it that were measured."""
