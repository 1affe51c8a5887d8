"""Labels by people: `detente label ...`."""
