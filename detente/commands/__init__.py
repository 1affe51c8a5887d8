"""The commands, one module for each noun; importing this adds them to their groups."""

from detente.commands import articles, cards, corpora, extraction, labels, selection, splits

__all__ = ["articles", "cards", "corpora", "extraction", "labels", "selection", "splits"]
