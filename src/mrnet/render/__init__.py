"""Arrays in, pictures out: nothing in here knows archives, targets or terminals."""
