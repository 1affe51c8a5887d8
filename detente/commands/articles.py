"""From news to questions: `detente data ingest`, `detente data extract`."""
