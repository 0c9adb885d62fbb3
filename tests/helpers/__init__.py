"""What several tests need: small streams, a slow reference, the command line in a fork."""
