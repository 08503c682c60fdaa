"""How bright each tissue is in each plane's sequence.

Relative signals on the scale 0 to 255, chosen by eye to read like the named sequence: illustrative, not measured.
"""

from typing import Final

from mrnet.vocabulary import Plane

_TISSUES: Final = {
    # Axial proton density and sagittal T2, both fat-saturated; coronal T1.
    #                  axial coronal sagittal
    "fat":             (46, 200, 40),
    "septa":           (62, 150, 58),
    "skin":            (88, 95, 66),
    "fascia":          (36, 70, 30),
    "muscle":          (96, 82, 68),
    "muscle fat":      (66, 150, 50),
    "marrow":          (42, 168, 34),
    "physis":          (58, 120, 50),
    "cortex":          (10, 14, 8),
    "cartilage":       (150, 104, 112),
    "meniscus":        (26, 24, 16),
    "tear":            (205, 112, 205),
    "ligament":        (26, 34, 22),
    "frayed":          (96, 72, 92),
    "haemorrhage":     (178, 84, 176),
    "tendon":          (18, 20, 14),
    "fluid":           (228, 58, 232),
    "bruise":          (150, 92, 140),
    "artery":          (24, 22, 18),
    "vein":            (190, 48, 150),
}  # fmt: skip


def signals(plane: Plane) -> dict[str, float]:
    """Return the signal of each tissue in the sequence of that plane."""
    column = list(Plane).index(plane)
    return {tissue: float(row[column]) for tissue, row in _TISSUES.items()}
