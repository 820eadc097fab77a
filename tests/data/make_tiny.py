"""Makes tiny.safetensors, a small checkpoint that decodes to something like a sword: fits a narrow AtlasNet VAE to the
real swords in assets/meshes/swords. Takes one to four minutes on two cores.

Run from the repository's root: python tests/data/make_tiny.py (numpy, torch, safetensors, trimesh).
"""

import sys
import time
from pathlib import Path

import numpy as np
import torch
import trimesh

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/golden"))
from reference import AtlasVae, write_checkpoint  # noqa: E402

CONFIG = {
    "patches": 25, "latent": 6, "groups": 1, "encoder": [16, 32], "encoder_head": [16], "decoder": [16, 8],
    "activation": "silu", "batch_norm": True, "tanh": False, "axis_scale": [0.3, 1.0, 0.15],
}
STEPS = int(sys.argv[1]) if len(sys.argv) > 1 else 2500
SCALE = torch.tensor(CONFIG["axis_scale"])


def load():
    """Names, points [S, 4096, 3] in network units, normals; the files lie in the unit ball, tip up."""
    names, points, normals = [], [], []
    for path in sorted((ROOT / "assets/meshes/swords").glob("*.glb")):
        mesh = trimesh.load(path, force="mesh")
        at, face = trimesh.sample.sample_surface(mesh, 4096, seed=len(names))
        names.append(path.stem)
        points.append(at)
        normals.append(mesh.face_normals[face])
    points = torch.tensor(np.array(points), dtype=torch.float32) / SCALE
    return names, points, torch.tensor(np.array(normals), dtype=torch.float32)


def assumed_length(name):
    """Metres, by kind."""
    kinds = {"dagger": 0.4, "knife": 0.3, "spear": 2.0, "short": 0.65, "katana": 1.0, "sabre": 0.95, "claymore": 1.3,
             "2handed": 1.3, "big": 1.4, "longsword": 1.2}
    return next((length for kind, length in kinds.items() if kind in name), 0.95)


def decode_at_once(model, z, uv):
    """`AtlasVae.decode` in train mode with all patches in one product, 20 times as fast. Running statistics stay."""
    p, b, n, _ = uv.shape
    x = torch.cat([uv, z[None, :, None].expand(p, b, n, -1)], -1).reshape(p, b * n, -1)
    stack = lambda pick: torch.stack([pick(patch) for patch in model.patches])  # noqa: E731
    for i in range(len(CONFIG["decoder"])):
        x = x @ stack(lambda m: m.layers[i][0].weight[:, :, 0]).transpose(1, 2)
        variance, mean = torch.var_mean(x, 1, keepdim=True, correction=0)
        scale, shift = (stack(lambda m: getattr(m.layers[i][1], name))[:, None] for name in ("weight", "bias"))
        x = torch.nn.functional.silu((x - mean) * torch.rsqrt(variance + 1e-5) * scale + shift)
    x = x @ stack(lambda m: m.out.weight[:, :, 0]).transpose(1, 2) + stack(lambda m: m.out.bias)[:, None]
    return x.reshape(p, b, n, 3)


def chamfer(a, b):
    """Mean squared distance to the nearest point, both ways, [B, N, 3] and [B, M, 3]."""
    with torch.no_grad():
        distance = (a**2).sum(2)[:, :, None] + (b**2).sum(2)[:, None] - 2 * a @ b.transpose(1, 2)
        to_b, to_a = distance.argmin(2), distance.argmin(1)
    pick = lambda x, index: x.gather(1, index[:, :, None].expand(-1, -1, 3))  # noqa: E731
    return ((a - pick(b, to_b)) ** 2).sum(2).mean() + ((b - pick(a, to_a)) ** 2).sum(2).mean()


def fit(points):
    torch.manual_seed(7)
    model = AtlasVae(CONFIG)
    optimiser = torch.optim.Adam(model.parameters(), lr=4e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 1e-2, STEPS)
    batch, n, p = 8, 24, CONFIG["patches"]
    start = time.time()
    for step in range(STEPS):
        shapes = torch.randperm(len(points))[:batch]
        seen = points[shapes][:, torch.randperm(points.shape[1])[:600]]
        mean, logvar = model.encoder(seen)
        z = mean + torch.randn_like(mean) * torch.exp(logvar / 2)
        made = decode_at_once(model, z, torch.rand(p, batch, n, 2)).transpose(0, 1).reshape(batch, p * n, 3)
        distance = chamfer(made, seen)
        kl = 0.5 * (mean**2 + logvar.exp() - 1 - logvar).sum(1).mean()
        optimiser.zero_grad()
        (distance + 3e-4 * kl).backward()
        optimiser.step()
        schedule.step()
        if step % 100 == 0:
            print(step, f"{distance.item():.4f} {kl.item():.2f} {time.time() - start:.0f} s", flush=True)
    # Running statistics over the whole set, as evaluation sees it.
    for norm in (m for m in model.modules() if isinstance(m, torch.nn.BatchNorm1d)):
        norm.reset_running_stats()
        norm.momentum = None
    with torch.no_grad():
        for _ in range(4):
            mean, _ = model.encoder(points[:, torch.randperm(points.shape[1])[:1000]])
            model.decode(mean, torch.rand(p, len(points), n, 2))
    return model.eval()


def ridge(latents, targets):
    """As `Linear::fit`: least squares from the latent, clamped to the targets' range."""
    x, y = latents - latents.mean(0), targets - targets.mean()
    normal = x.T @ x
    normal += 1e-2 * np.trace(normal) / len(normal) * np.eye(len(normal))
    weights = np.linalg.solve(normal, x.T @ y)
    bias = targets.mean() - weights @ latents.mean(0)
    at = np.clip(latents @ weights + bias, targets.min(), targets.max())
    return {"weights": weights.tolist(), "bias": float(bias), "r2": float(1 - ((at - targets) ** 2).sum() / (y @ y)),
            "range": [float(targets.min()), float(targets.max())]}


def principal_axes(latents):
    _, sizes, rows = np.linalg.svd(latents - latents.mean(0), full_matrices=False)
    rows *= np.sign(np.take_along_axis(rows, np.abs(rows).argmax(1)[:, None], 1))
    return {"mean": latents.mean(0).tolist(), "directions": rows.tolist(),
            "deviations": (sizes / np.sqrt(len(latents) - 1)).tolist()}


def vote(model, latents, points, normals):
    """+1 where a patch's f_u x f_v agrees with the data's normals, else -1."""
    axis = torch.linspace(0.05, 0.95, 10)
    grid = torch.stack(torch.meshgrid(axis, axis, indexing="xy"), -1).reshape(-1, 2)
    step, b, p = 1e-2, len(points), CONFIG["patches"]
    uv = grid.expand(p, b, -1, 2)
    with torch.no_grad():
        at, u, v = (model.decode(latents, uv + step * torch.tensor(d)) for d in ([0.0, 0.0], [1.0, 0.0], [0.0, 1.0]))
    normal = torch.linalg.cross((u - at) * SCALE, (v - at) * SCALE)
    normal = torch.nn.functional.normalize(normal, dim=-1, eps=1e-12)
    votes = torch.zeros(p)
    for i in range(b):
        near = torch.cdist(at[:, i] * SCALE, (points[i] * SCALE).expand(p, -1, 3)).argmin(2)
        votes += (normals[i][near] * normal[:, i]).sum((1, 2))
    return [1.0 if x >= 0 else -1.0 for x in votes.tolist()]


def main():
    torch.set_num_threads(2)
    names, points, normals = load()
    model = fit(points)
    with torch.no_grad():
        latents = model.encoder(points)[0]
    values = latents.double().numpy()
    lengths = np.array([assumed_length(name) for name in names])
    grip = {"weights": [], "bias": -0.75, "r2": 0.0, "range": [-0.75, -0.75]}
    write_checkpoint(
        ROOT / "tests/data/tiny.safetensors", model, vote(model, latents, points, normals),
        heads={"length": ridge(values, lengths), "grip": grip},
        axes=principal_axes(values),
        encoded=[
            {"name": name, "kind": "real", "latent": {"groups": 1, "values": latents[i].tolist()},
             "length": float(lengths[i]), "length_assumed": True}
            for i, name in enumerate(names)
        ],
        card={"title": "Tiny test model", "data": "38 real swords, see assets/meshes/ATTRIBUTION.md", "steps": STEPS,
              "note": "made by tests/data/make_tiny.py for tests; not a model to work with"},
    )


if __name__ == "__main__":
    main()
