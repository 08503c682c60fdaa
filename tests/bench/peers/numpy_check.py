"""A check of headers as people write it: `np.load(mmap_mode="r")` for each file, then dtype and shape."""

import sys
from pathlib import Path

import numpy as np

wrong = 0
for path in sorted(Path(sys.argv[1]).glob("*/*/*.npy")):
    volume = np.load(path, mmap_mode="r")
    wrong += volume.dtype != np.uint8 or volume.shape[1:] != (256, 256)
print(wrong)
