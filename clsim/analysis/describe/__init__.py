"""What a table of events is, before it is a stream: roles of its columns, and what to beware of."""
