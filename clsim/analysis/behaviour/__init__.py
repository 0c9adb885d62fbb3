"""How a strategy went: freshness, forgetting, harm, alarms."""
