"""What strategies cost, and where the choice between them turns."""
