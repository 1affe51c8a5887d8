"""Public corpora: `detente data import`."""
