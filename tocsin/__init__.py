"""Tocsin: an alarm bell for the news. The words every room uses, and the shell that wires the rooms."""

__version__ = "0.1.0"
