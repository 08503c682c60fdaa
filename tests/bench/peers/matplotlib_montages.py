"""Every coronal series as a grid of matplotlib axes."""

import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np

mpl.use("agg")
import matplotlib.pyplot as plt

root, target = map(Path, sys.argv[1:])
target.mkdir(parents=True)
for path in sorted(root.glob("*/coronal/*.npy")):
    volume = np.load(path)
    figure, axes = plt.subplots(-(-len(volume) // 6), 6, figsize=(15, 15), dpi=100, squeeze=False)
    for axis in axes.flat:
        axis.axis("off")
    for axis, image in zip(axes.flat, volume, strict=False):
        axis.imshow(image, cmap="gray", vmin=0, vmax=255)
    figure.savefig(target / f"{path.stem}.png")
    plt.close(figure)
