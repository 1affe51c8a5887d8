"""Behaviour: what a model does when its questions are changed in ways whose outcome is known."""
