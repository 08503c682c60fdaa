"""The synthetic archive: a phantom knee, a cohort as published, and faults to plant."""
