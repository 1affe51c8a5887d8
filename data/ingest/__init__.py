"""Articles in: files of every kind the field uses become clean articles, with one story for all copies of a text."""
