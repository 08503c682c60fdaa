"""Pictures by the batch: which are wanted, where each goes, what became of it."""
