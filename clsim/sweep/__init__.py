"""Configurations into jobs, jobs into runs: the commands, the launcher and what they share."""
