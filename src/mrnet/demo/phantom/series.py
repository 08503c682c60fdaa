"""One series of the synthetic knee, slice by slice: the anatomy painted from the skin inwards, then scanned."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from mrnet.demo.phantom import bones, joint, soft_tissue
from mrnet.demo.phantom.anatomy import Knee, draw_knee
from mrnet.demo.phantom.canvas import Canvas, Patch
from mrnet.demo.phantom.cohort import PlannedCase
from mrnet.demo.phantom.contrast import signals
from mrnet.demo.phantom.scanner import Scanner
from mrnet.demo.phantom.shapes import Distance, Point, ease, ellipsoid
from mrnet.vocabulary import SLICE_COLUMNS, SLICE_ROWS, Plane


def draw_series(seed: int, case: PlannedCase, plane: Plane) -> npt.NDArray[np.uint8]:
    """Return a series of a planned case: `uint8`, shape (slices, 256, 256), the same for the same seed, case and plane.

    Axial slices run downwards with anterior at the top, coronal ones backwards and sagittal ones towards the
    patient's left, both with superior at the top; the patient's right (sagittal: anterior) is at the left.
    """
    knee = draw_knee(seed, case)
    scanner = place_scanner(seed, case, plane, knee)
    tissue = signals(plane)
    volume = np.empty((scanner.slices, SLICE_ROWS, SLICE_COLUMNS), np.uint8)
    for index in range(scanner.slices):
        canvas = Canvas(scanner, index)
        _paint(canvas, knee, tissue)
        volume[index] = scanner.expose(canvas.image * scanner.shading(index))
    return volume


def place_scanner(seed: int, case: PlannedCase, plane: Plane, knee: Knee) -> Scanner:
    """Return the scanner of one series. It has its own random generator, so that no other series changes its result."""
    generator = np.random.default_rng([seed, int(case.id), list(Plane).index(plane)])
    return Scanner(plane, case.slices[plane], knee, generator)


class _Bone(NamedTuple):
    """A bone in one slice: where it may be, and the distance to it at the patch's points."""

    patch: Patch
    distance: Distance


def _paint(canvas: Canvas, knee: Knee, tissue: dict[str, float]) -> None:
    femur, tibia = _femur(canvas, knee), _tibia(canvas)
    _limb(canvas, knee, tissue)
    _muscles(canvas, knee, tissue)
    _vessels(canvas, tissue)
    _fluid(canvas, knee, femur, tibia, tissue)
    _menisci(canvas, knee, tissue)
    _cruciates(canvas, knee, tissue)
    _bones(canvas, knee, femur, tibia, tissue)
    _tendons(canvas, knee, tissue)


def _femur(canvas: Canvas, knee: Knee) -> _Bone | None:
    patch = canvas.patch((-46, -42, -6), (46, 44, 110))
    return _Bone(patch, bones.femur(patch.points, knee)) if patch else None


def _tibia(canvas: Canvas) -> _Bone | None:
    patch = canvas.patch((-46, -38, -110), (46, 34, 14))
    return _Bone(patch, bones.tibia(patch.points)) if patch else None


def _limb(canvas: Canvas, knee: Knee, tissue: dict[str, float]) -> None:
    patch = canvas.whole()
    skin = soft_tissue.limb(patch.points, knee)
    fat = tissue["fat"] * (1 + 0.05 * patch.grain)
    fat += np.clip(np.abs(patch.streaks) - 1.6, 0, 9) * (tissue["septa"] - tissue["fat"])
    patch.lay(skin, tissue["skin"])
    patch.lay(skin + 1.6, fat)


def _muscles(canvas: Canvas, knee: Knee, tissue: dict[str, float]) -> None:
    patch = canvas.whole()
    flesh: Distance = np.full_like(patch.points[0], 99)
    for belly in soft_tissue.MUSCLES:
        if reached := canvas.patch(*_box(belly.centre, belly.radii)):
            part = flesh[reached.half]
            part[...] = soft_tissue.add_muscle(part, reached.points, knee, belly)
    flesh = patch.spread(flesh) + 0.25 * patch.streaks
    streaks = np.clip(patch.streaks - knee.fatty_streaks, 0, 1) * (tissue["muscle fat"] - tissue["muscle"])
    patch.lay(flesh - 0.4, tissue["fascia"], strength=0.8)
    patch.lay(flesh + 0.6, tissue["muscle"] * (1 + 0.05 * patch.grain) + streaks)


def _vessels(canvas: Canvas, tissue: dict[str, float]) -> None:
    if patch := canvas.patch((-10, -50, -110), (16, -22, 110)):
        patch.lay(soft_tissue.popliteal_vein(patch.points), tissue["vein"])
        patch.lay(soft_tissue.popliteal_artery(patch.points), tissue["artery"])
    if patch := canvas.patch((-54, -30, -110), (-44, -14, 110)):
        patch.lay(soft_tissue.saphenous_vein(patch.points), tissue["vein"])


def _fluid(canvas: Canvas, knee: Knee, femur: _Bone | None, tibia: _Bone | None, tissue: dict[str, float]) -> None:
    if femur:
        layer = joint.femoral_fluid(femur.patch.points, knee, femur.distance)
        femur.patch.lay(layer, tissue["fluid"], edge=0.8)
    if tibia:
        layer = joint.tibial_fluid(tibia.patch.points, knee, tibia.distance)
        tibia.patch.lay(layer, tissue["fluid"], edge=0.8)
    if patch := canvas.patch((-42, 10, 10), (42, 50, 100)):
        patch.lay(joint.suprapatellar_recess(patch.points, knee), tissue["fluid"])
    if knee.cyst and (patch := canvas.patch((-40, -54, -20), (-14, -28, 24))):
        patch.lay(joint.popliteal_cyst(patch.points), tissue["fluid"])


def _menisci(canvas: Canvas, knee: Knee, tissue: dict[str, float]) -> None:
    for side in (-1, 1):
        middle = 23.5 * side
        if not (patch := canvas.patch((middle - 18, -30, -9), (middle + 18, 22, 14), fine=True)):
            continue
        body, inwards = joint.meniscus(patch.points, knee, side)
        patch.lay(body, tissue["meniscus"])
        if knee.tear and knee.tear.side == side:
            cleft = joint.meniscal_cleft(patch.points, knee, inwards)
            patch.lay(np.maximum(cleft, body), tissue["tear"], edge=0.7)


def _cruciates(canvas: Canvas, knee: Knee, tissue: dict[str, float]) -> None:
    if not (patch := canvas.patch((-16, -36, -18), (16, 18, 36))):
        return
    torn = knee.acl_gap is not None
    if torn:
        patch.lay(joint.acl_haemorrhage(patch.points, knee), tissue["haemorrhage"] * (1 + 0.05 * patch.grain), 4.0)
    patch.lay(joint.posterior_cruciate(patch.points), tissue["ligament"])
    fibres = tissue["frayed" if torn else "ligament"] * (1 + 0.1 * patch.grain)
    patch.lay(joint.anterior_cruciate(patch.points, knee), fibres, 2.0 if torn else 1.2)


def _bones(canvas: Canvas, knee: Knee, femur: _Bone | None, tibia: _Bone | None, tissue: dict[str, float]) -> None:
    if patch := canvas.patch((-26, 28, 2), (30, 64, 64)):
        distance = bones.patella(patch.points, knee)
        patch.lay(bones.patellar_cartilage(patch.points, knee, distance), tissue["cartilage"])
        _bone(_Bone(patch, distance), 1.0, knee, tissue)
    if tibia:
        patch, distance = tibia
        patch.lay(bones.tibial_cartilage(patch.points, distance), tissue["cartilage"])
        _bone(tibia, 1.0 + ease(patch.points[2], -30, -70) * 2.5, knee, tissue)
        _physis(tibia, -19, tissue)
    if femur:
        patch, distance = femur
        patch.lay(bones.femoral_cartilage(patch.points, knee, distance), tissue["cartilage"])
        _bone(femur, 0.9 + ease(patch.points[2], 42, 85) * 2.8, knee, tissue)
        _physis(femur, 37, tissue)
    if patch := canvas.patch((25, -34, -110), (50, -4, -4)):
        _bone(_Bone(patch, bones.fibula(patch.points)), 1.3, knee, tissue)


def _bone(bone: _Bone, shell: Distance | float, knee: Knee, tissue: dict[str, float]) -> None:
    """Paint cortical bone `shell` mm thick and the marrow within, bruised or not."""
    patch, distance = bone
    patch.lay(distance, tissue["cortex"])
    marrow = tissue["marrow"] * (1 + 0.05 * patch.grain + 0.02 * patch.streaks)
    for centre, radius in knee.bruises:
        depth = patch.spread(ellipsoid(patch.points, centre, (radius, radius, radius)) * (-1 / radius) + 0.1)
        marrow += np.clip(depth, 0, 1) * (tissue["bruise"] - tissue["marrow"])
    patch.lay(distance + shell, marrow)


def _physis(bone: _Bone, height: float, tissue: dict[str, float]) -> None:
    scar = bones.physis(bone.patch.points, height)
    bone.patch.lay(np.maximum(scar, bone.distance + 2), tissue["physis"], strength=0.6)


def _tendons(canvas: Canvas, knee: Knee, tissue: dict[str, float]) -> None:
    if patch := canvas.patch((-20, 16, -48), (22, 60, 30)):
        patch.lay(soft_tissue.patellar_tendon(patch.points, knee), tissue["tendon"])
    if patch := canvas.patch((-22, 36, 34), (24, 60, 110)):
        patch.lay(soft_tissue.quadriceps_tendon(patch.points, knee), tissue["tendon"])
    if patch := canvas.patch((-46, -10, -56), (-22, 12, 34), fine=True):
        patch.lay(soft_tissue.medial_collateral(patch.points), tissue["ligament"])
    if patch := canvas.patch((36, -24, -16), (46, 0, 30), fine=True):
        patch.lay(soft_tissue.lateral_collateral(patch.points), tissue["ligament"])
    if patch := canvas.patch((30, 0, -18), (54, 24, 100), fine=True):
        patch.lay(soft_tissue.iliotibial_band(patch.points), tissue["tendon"])


def _box(centre: Point, radii: Point) -> tuple[Point, Point]:
    (x, y, z), (a, b, c) = centre, (1.1 * radius for radius in radii)
    return (x - a, y - b, z - c), (x + a, y + b, z + c)
