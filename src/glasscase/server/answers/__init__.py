"""What the service answers, as the OpenAPI document shows it."""
