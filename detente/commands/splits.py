"""Splits, audits and cards: `detente data split`, `audit`, `card`."""
