"""Figures about labels and slices: counted from cases, compared with records, and between two sources of labels."""
