"""The usual script for slice counts: `np.load(mmap_mode="r")` for each file, and pandas for a table."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

root = Path(sys.argv[1])
rows = [(path.stem, path.parent.name, np.load(path, mmap_mode="r").shape[0]) for path in sorted(root.glob("*/*/*.npy"))]
table = pd.DataFrame(rows, columns=["case", "plane", "slices"])
print(table.groupby("plane")["slices"].describe())
