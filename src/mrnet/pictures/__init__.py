"""Pictures of slices: animations, montages and contact sheets, one by one and in batches."""
