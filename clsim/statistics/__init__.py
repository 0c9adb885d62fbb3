"""Pure functions on arrays, for gates, triggers, online tests and analysis alike."""
