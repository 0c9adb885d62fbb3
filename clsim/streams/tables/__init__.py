"""Tables of events as they are given: files, columns, times and labels."""
