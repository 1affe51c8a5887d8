"""Who is named in an article: mentions, and the actors that they stand for."""
