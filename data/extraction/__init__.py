"""From articles to questions: sentences, mentions, actors, targets, speakers, pairs."""
