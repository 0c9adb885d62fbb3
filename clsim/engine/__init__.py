"""One stream through many strategies, in step."""
