"""What a replay leaves: tables, quantities, files."""
