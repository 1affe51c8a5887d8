"""Public corpora: from their published files to examples."""
