"""Every coronal series as a GIF by TorchIO's `to_gif`, in a loop."""

import sys
from pathlib import Path

import numpy as np
import torchio as tio

root, target = map(Path, sys.argv[1:])
target.mkdir(parents=True)
for path in sorted(root.glob("*/coronal/*.npy")):
    volume = np.load(path)
    tio.ScalarImage(tensor=volume.transpose(2, 1, 0)[None]).to_gif(2, volume.shape[0] / 10, target / f"{path.stem}.gif")
