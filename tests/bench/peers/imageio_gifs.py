"""Every coronal series as a GIF by imageio, in a loop (it drops slices that equal the one before)."""

import sys
from pathlib import Path

import imageio.v3 as iio
import numpy as np

root, target = map(Path, sys.argv[1:])
target.mkdir(parents=True)
for path in sorted(root.glob("*/coronal/*.npy")):
    iio.imwrite(target / f"{path.stem}.gif", np.load(path), duration=100, loop=0)
