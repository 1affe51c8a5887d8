"""The page of a network of stances: one file that opens from disk and loads nothing."""
