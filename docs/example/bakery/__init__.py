"""Prices of cakes."""
