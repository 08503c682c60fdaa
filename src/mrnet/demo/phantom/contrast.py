"""The brightness of each tissue in each plane's sequence.

Relative signals on the scale 0 to 255. They are chosen by eye, so that a plane looks like its sequence; they are not measured.
"""

from typing import Final

from mrnet.vocabulary import Plane

_TISSUES: Final = {
    # Axial proton density and sagittal T2, both fat-saturated; coronal T1.
    #                  axial coronal sagittal
    "fat":             (70, 185, 62),
    "septa":           (98, 140, 92),
    "skin":            (120, 96, 96),
    "fascia":          (58, 96, 48),
    "muscle":          (130, 78, 118),
    "muscle fat":      (92, 150, 80),
    "marrow":          (60, 158, 52),
    "physis":          (76, 110, 70),
    "cortex":          (12, 14, 10),
    "cartilage":       (170, 104, 156),
    "meniscus":        (30, 24, 18),
    "tear":            (225, 136, 230),
    "ligament":        (32, 34, 26),
    "frayed":          (84, 60, 80),
    "haemorrhage":     (190, 84, 190),
    "tendon":          (20, 20, 16),
    "fluid":           (238, 60, 242),
    "bruise":          (168, 92, 160),
    "artery":          (28, 22, 20),
    "vein":            (190, 48, 150),
}  # fmt: skip


def signals(plane: Plane) -> dict[str, float]:
    """Return the signal of each tissue in the sequence of that plane."""
    column = list(Plane).index(plane)
    return {tissue: float(row[column]) for tissue, row in _TISSUES.items()}
