"""Which strategy to use, and how far that can be trusted."""
