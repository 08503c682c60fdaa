"""The properties of one knee: size, posture, shape and findings, drawn at random once for a case's three planes."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mrnet.demo.phantom.cohort import PlannedCase
from mrnet.demo.phantom.shapes import Point
from mrnet.vocabulary import Finding


@dataclass(frozen=True)
class MeniscalTear:
    """A cleft through one meniscus: which compartment, where in the wedge, and its slope (rise over run)."""

    side: int
    height: float
    slope: float
    vertical: bool


@dataclass(frozen=True)
class Knee:
    """One knee; lengths in mm, in a frame with x from medial (-) to lateral (+), y to anterior and z to superior."""

    left: bool
    turn: npt.NDArray[np.float64]
    """From scanner to knee: rotation and scale, shape (3, 3)."""
    shift: Point
    sway: npt.NDArray[np.float64]
    """Waves that bend the knee a little, shape (waves, 3 axes, amplitude in mm + wave vector in 1/mm + phase)."""
    streaks: npt.NDArray[np.float64]
    """Waves of the texture that runs along the limb, shape (waves, amplitude + wave vector in 1/mm + phase)."""
    notch: float
    trochlea: float
    patella: Point
    fat: float
    bulk: float
    meniscus: float
    fatty_streaks: float
    fluid: float
    recess: float
    cyst: bool
    acl_gap: float | None
    """Where along the ACL it is torn, from tibia 0 to femur 1; None if it is whole."""
    acl_waves: float
    tear: MeniscalTear | None
    bruises: tuple[tuple[Point, float], ...]
    """Centre and radius of each bone bruise."""


def draw_knee(seed: int, case: PlannedCase) -> Knee:
    """Return the knee of a case, the same for each of its planes."""
    g = np.random.default_rng([seed, int(case.id), 3])
    torn_acl = bool(case.labels[Finding.ACL])
    torn_meniscus = bool(case.labels[Finding.MENISCUS])
    abnormal = bool(case.labels[Finding.ABNORMAL])
    return Knee(
        left=bool(g.integers(2)),
        turn=_turn(g),
        shift=(g.uniform(-4, 4), g.uniform(-4, 4), g.uniform(-6, 6)),
        sway=_sway(g),
        streaks=_streaks(g),
        notch=g.uniform(8.6, 10.6),
        trochlea=g.uniform(4.0, 7.0),
        patella=(g.uniform(-1, 4), g.uniform(0, 1.5), g.uniform(27, 35)),
        fat=g.uniform(4, 13),
        bulk=g.uniform(0.92, 1.08),
        meniscus=g.uniform(0.9, 1.12),
        fatty_streaks=g.uniform(1.1, 1.7),
        fluid=g.uniform(2.2, 4.2) if abnormal else g.uniform(0.3, 0.7),
        recess=g.uniform(2.6, 5.6) if abnormal else g.uniform(0.2, 0.7),
        cyst=abnormal and g.random() < 0.25,
        acl_gap=g.uniform(0.45, 0.7) if torn_acl else None,
        acl_waves=g.uniform(1.6, 2.6),
        tear=_tear(g) if torn_meniscus else None,
        bruises=_bruises(g, abnormal, torn_acl),
    )


def _turn(g: np.random.Generator) -> npt.NDArray[np.float64]:
    flexion, varus, rotation = g.normal(0, [0.05, 0.04, 0.09])
    size = g.normal(1.0, 0.045) * (1 + g.normal(0, 0.015, 3))
    turns = np.eye(3)
    for first, second, angle in ((1, 2, flexion), (0, 2, varus), (0, 1, rotation)):
        turn = np.eye(3)
        turn[[first, second], [first, second]] = np.cos(angle)
        turn[first, second], turn[second, first] = -np.sin(angle), np.sin(angle)
        # Add term by term, because the last bits of a matrix product may depend on the library behind it.
        turns = (turns[:, :, None] * turn[None, :, :]).sum(axis=1)
    result: npt.NDArray[np.float64] = turns / np.clip(size, 0.88, 1.12)[:, None]
    return result


def _sway(g: np.random.Generator, waves: int = 3) -> npt.NDArray[np.float64]:
    amplitude = g.uniform(-1.4, 1.4, (waves, 3, 1))
    direction = g.normal(0, 0.032, (waves, 3, 3))
    phase = g.uniform(0, 2 * np.pi, (waves, 3, 1))
    return np.concatenate([amplitude, direction, phase], axis=2)


def _streaks(g: np.random.Generator, waves: int = 12) -> npt.NDArray[np.float64]:
    direction = g.normal(0, [0.9, 0.9, 0.12], (waves, 3))
    amplitude = np.full((waves, 1), (2 / waves) ** 0.5)
    return np.concatenate([amplitude, direction, g.uniform(0, 2 * np.pi, (waves, 1))], axis=1)


def _tear(g: np.random.Generator) -> MeniscalTear:
    return MeniscalTear(
        side=-1 if g.random() < 0.7 else 1,
        height=g.uniform(-0.4, 0.4),
        slope=float(g.choice([-1, 1])) * g.uniform(0.15, 0.45),
        vertical=bool(g.random() < 0.3),
    )


def _bruises(g: np.random.Generator, abnormal: bool, torn_acl: bool) -> tuple[tuple[Point, float], ...]:
    # The pivot shift that tears an ACL drives the lateral condyle against the posterior lateral plateau.
    pivot_shift = [((24.0, 4.0, 9.0), g.uniform(9, 14)), ((25.0, -20.0, -10.0), g.uniform(8, 13))]
    elsewhere = [
        ((-24.0, g.uniform(-8, 8), 10.0), g.uniform(8, 13)),
        ((-22.0, g.uniform(-8, 8), -12.0), g.uniform(7, 12)),
    ]
    chance = g.random()
    if torn_acl and chance < 0.85:
        return tuple(pivot_shift)
    if abnormal and chance < 0.4:
        return (elsewhere[int(g.integers(2))],)
    return ()
