"""All numbers of a report, as frames: what page, tables, memo and notebook read."""
