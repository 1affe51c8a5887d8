"""The commands, one module for each noun; importing this adds them to their groups."""

from detente.commands import articles, corpora, labels, splits

__all__ = ["articles", "corpora", "labels", "splits"]
