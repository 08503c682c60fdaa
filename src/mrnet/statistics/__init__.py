"""Figures about labels and slices: counted from cases, held against records, and between two sources of labels."""
