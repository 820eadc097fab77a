"""Computes the metrics that tests/metrics.rs holds ours to, in double precision from their definitions and without a line
of ours: point clouds, a mesh and the expected figures go into tests/data/metrics.safetensors.

Chamfer, F-score: model.md's and AtlasNet's. MMD-CD, COV, 1-NNA: PointFlow (arXiv 1906.12320), 1-NNA with a tie counting
half. JSD: PointFlow's, which is Achlioptas et al.'s (arXiv 1707.02392) on the lattice points of a cube within its
ball. Mirror error: mean distance of mirrored points from a mesh, by the mesh's length.

Run from anywhere: python make_metrics.py (numpy, scipy, safetensors).
"""

from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from scipy.optimize import minimize
from scipy.spatial import cKDTree
from scipy.stats import entropy

HERE = Path(__file__).resolve().parent
SAMPLES, REFERENCES, POINTS = 14, 11, 90
rng = np.random.default_rng(11)


def swords(count, thickness):
    """Points in single precision in long boxes with a crossing one, within the unit ball."""
    clouds = []
    for _ in range(count):
        blade = rng.uniform(-1, 1, (POINTS, 3)) * [rng.uniform(0.03, 0.12), 0.95, thickness]
        guard = rng.uniform(-1, 1, (POINTS, 3)) * [rng.uniform(0.1, 0.3), 0.03, 2 * thickness] - [0, 0.5, 0]
        clouds.append(np.where(rng.random((POINTS, 1)) < 0.75, blade, guard))
    return np.array(clouds, dtype=np.float32)


def squared(a, b):
    """Squared distances from each of `a` to the nearest of `b`."""
    return cKDTree(b.astype(np.float64)).query(a.astype(np.float64))[0] ** 2


def chamfer(a, b):
    return squared(a, b).mean() + squared(b, a).mean()


def f_score(a, b, threshold):
    precision, recall = (squared(a, b) < threshold).mean(), (squared(b, a) < threshold).mean()
    return 0.0 if precision + recall == 0 else 2 * precision * recall / (precision + recall)


def one_nna(ss, rr, sr):
    everything = np.block([[ss, sr], [sr.T, rr]])
    np.fill_diagonal(everything, np.inf)
    label = np.arange(len(everything)) < len(ss)
    score = 0.0
    for row, own in zip(everything, label):
        same, other = row[label == own].min(), row[label != own].min()
        score += 1.0 if same < other else 0.5 if same == other else 0.0
    return score / len(everything)


def occupancy(clouds):
    """Counts by the nearest of 28 x 28 x 28 points of a cube of side 1, those within its ball of radius 0.5; clouds of radius
    1 are halved to fit."""
    axis = np.linspace(-0.5, 0.5, 28)
    lattice = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), -1).reshape(-1, 3)
    lattice = lattice[np.linalg.norm(lattice, axis=1) <= 0.5]
    nearest = cKDTree(lattice).query(clouds.reshape(-1, 3).astype(np.float64) / 2)[1]
    return np.bincount(nearest, minlength=len(lattice))


def jsd(a, b):
    p, q = (counts / counts.sum() for counts in (occupancy(a), occupancy(b)))
    return entropy((p + q) / 2, base=2) - (entropy(p, base=2) + entropy(q, base=2)) / 2


def to_triangle(point, corners):
    """Distance to a triangle as a constrained minimum over barycentric coordinates: not the textbook case distinction."""
    a, ab, ac = corners[0], corners[1] - corners[0], corners[2] - corners[0]

    def away(w):
        difference = a + w[0] * ab + w[1] * ac - point
        return difference @ difference, np.array([2 * difference @ ab, 2 * difference @ ac])

    inside = {"type": "ineq", "fun": lambda w: 1 - w[0] - w[1], "jac": lambda w: np.array([-1.0, -1.0])}
    options = {"ftol": 1e-16, "maxiter": 500}
    found = minimize(away, [1 / 3, 1 / 3], jac=True, bounds=[(0, 1)] * 2, constraints=[inside], options=options, method="SLSQP")
    return np.sqrt(found.fun)


def mirror_error(positions, triangles, points, axis):
    image = points.astype(np.float64).copy()
    image[:, axis] *= -1
    corners = positions.astype(np.float64)[triangles]
    distances = [min(to_triangle(p, c) for c in corners) for p in image]
    return np.mean(distances) / np.ptp(positions[:, 1].astype(np.float64))


def r2(truth, found):
    return 1 - ((truth - found) ** 2).sum() / ((truth - truth.mean()) ** 2).sum()


samples, references = swords(SAMPLES, 0.02), swords(REFERENCES, 0.03)
# A few points outside the ball, and one sample that copies a reference.
samples[0, :3] *= 1.2
samples[1] = references[4]
matrix = lambda a, b: np.array([[chamfer(x, y) for y in b] for x in a])
across, among_samples, among_references = matrix(samples, references), matrix(samples, samples), matrix(references, references)

side = 5
u, v = np.meshgrid(np.linspace(-1, 1, side), np.linspace(-1, 1, side), indexing="ij")
positions = np.stack([0.2 * u + 0.03, v, 0.1 * np.cos(2 * u + v) * (1 + 0.5 * u)], -1).reshape(-1, 3).astype(np.float32)
corner = lambda i, j: i * side + j
triangles = np.array([
    t
    for i in range(side - 1)
    for j in range(side - 1)
    for t in ([corner(i, j), corner(i + 1, j), corner(i, j + 1)], [corner(i + 1, j), corner(i + 1, j + 1), corner(i, j + 1)])
])
weights = rng.dirichlet([1, 1, 1], 30)
on_surface = np.einsum("nk,nkc->nc", weights, positions[triangles[rng.integers(len(triangles), size=30)]]).astype(np.float32)
truth = rng.normal(size=20)
found = truth + 0.3 * rng.normal(size=20)

scalar = lambda x: np.array([x], dtype=np.float64)
save_file(
    {
        "samples": samples,
        "references": references,
        "mesh/positions": positions,
        "mesh/triangles": triangles.astype(np.uint32),
        "mesh/points": on_surface,
        "pairs/truth": truth,
        "pairs/found": found,
        "expected/across": across,
        "expected/f_score": np.array([[f_score(x, y, 0.001) for y in references] for x in samples]),
        "expected/f_score_fine": np.array([[f_score(x, y, 0.0001) for y in references] for x in samples]),
        "expected/mmd": scalar(across.min(0).mean()),
        "expected/coverage": scalar(len(set(across.argmin(1))) / REFERENCES),
        "expected/one_nna": scalar(one_nna(among_samples, among_references, across)),
        "expected/jsd": scalar(jsd(samples, references)),
        "expected/nearest_index": across.argmin(1).astype(np.int64),
        "expected/nearest_chamfer": across.min(1),
        "expected/nearest_quantiles": np.quantile(across.min(1), [0, 0.05, 0.25, 0.5, 0.75, 0.95]),
        "expected/mirror_x": scalar(mirror_error(positions, triangles, on_surface, 0)),
        "expected/mirror_z": scalar(mirror_error(positions, triangles, on_surface, 2)),
        "expected/r2": scalar(r2(truth, found)),
        "expected/median_relative_error": scalar(np.median(np.abs(found / truth - 1))),
    },
    HERE.parent / "data" / "metrics.safetensors",
)
