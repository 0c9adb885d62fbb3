"""What every schedule would have cost: the table, the optimum, and what a run is short of it."""
