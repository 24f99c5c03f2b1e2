"""Simulators of the vendors' APIs, as strict as the real ones, served on loopback only."""
