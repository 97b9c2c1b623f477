"""What scripts/bench-api is made of."""
