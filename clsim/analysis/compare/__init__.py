"""Strategies beside each other, over seeds and streams."""
