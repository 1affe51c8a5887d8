"""`python -m detente`, for torchrun."""

from detente.cli import main

main()
