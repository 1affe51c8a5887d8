"""Who says what in an article: quotations and reported speech, with their speakers."""
