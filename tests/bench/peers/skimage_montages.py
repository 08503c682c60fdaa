"""Every coronal series as a montage by scikit-image, written as PNG by imageio."""

import sys
from pathlib import Path

import imageio.v3 as iio
import numpy as np
from skimage.util import montage

root, target = map(Path, sys.argv[1:])
target.mkdir(parents=True)
for path in sorted(root.glob("*/coronal/*.npy")):
    iio.imwrite(target / f"{path.stem}.png", montage(np.load(path)).astype(np.uint8))
