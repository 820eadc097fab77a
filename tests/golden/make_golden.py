"""Computes the golden numbers that tests/golden.rs holds the network to, in double precision with PyTorch's layers and
autograd (reference.py). One file a case: weights, inputs, expected outputs and gradients.

Run from anywhere: python make_golden.py (torch, safetensors).
"""

import json
from pathlib import Path

import torch
from reference import AtlasVae, export
from safetensors.torch import save_file

HERE = Path(__file__).resolve().parent
BATCH, POINTS, PER_PATCH, GRID = 4, 20, 5, 7
MOMENTUM, NOISE_SCALE, KL_WEIGHT, COMMITMENT, DECAY = 0.1, 0.8, 1e-3, 0.25, 0.99

BASE = {
    "patches": 3, "latent": 4, "groups": 1, "encoder": [8, 16], "encoder_head": [8], "decoder": [12, 8],
    "activation": "silu", "batch_norm": True, "tanh": False, "axis_scale": [0.5, 1.0, 0.25],
}
CASES = {
    "silu_norm": {},
    "silu_plain_groups": {"batch_norm": False, "groups": 3},
    "softplus_norm_groups_tanh": {"activation": "softplus", "groups": 3, "tanh": True},
    "softplus_plain": {"activation": "softplus", "batch_norm": False, "encoder_head": []},
    "relu_norm_tanh": {"activation": "relu", "tanh": True, "decoder": [12, 8, 6]},
    "relu_plain": {"activation": "relu", "batch_norm": False, "decoder": [9]},
    "vae25": {"patches": 25, "groups": 25, "latent": 2, "decoder": [6]},
    "ae": {"posterior": "none"},
    "vqvae": {"latent": 6, "posterior": {"quantised": {"segments": 3, "codes": 5, "prior": 7}}},
}


def single_then_double(model):
    """Weights that single precision holds exactly, so that both sides start from the same numbers."""
    for tensor in [*model.parameters(), *model.buffers()]:
        if tensor.is_floating_point():
            tensor.data = tensor.data.float().double()


def build(config, seed):
    torch.manual_seed(seed)
    model = AtlasVae(config).double()
    for norm in (m for m in model.modules() if isinstance(m, torch.nn.BatchNorm1d)):
        # Statistics of its own: at 0 and 1 a forgotten term would not show.
        norm.momentum = MOMENTUM
        torch.nn.init.uniform_(norm.weight, 0.5, 1.5)
        torch.nn.init.uniform_(norm.bias, -0.3, 0.3)
        torch.nn.init.uniform_(norm.running_mean, -0.3, 0.3)
        torch.nn.init.uniform_(norm.running_var, 0.5, 1.5)
    single_then_double(model)
    return model


def tangents(model, z, uv):
    """Points and the Jacobian's two columns [P, B, n, 3]; a point depends on its own uv alone, so sums separate."""
    uv = uv.clone().requires_grad_()
    points = model.decode(z, uv)
    rows = [torch.autograd.grad(points[..., k].sum(), uv, create_graph=True)[0] for k in range(3)]
    jacobian = torch.stack(rows, -1)
    return points, jacobian[..., 0, :], jacobian[..., 1, :]


def chamfer(a, b):
    """Mean squared distance to the nearest point from a to b plus from b to a: [B, M, 3], [B, N, 3] -> a scalar."""
    distance = ((a[:, :, None] - b[:, None]) ** 2).sum(-1)
    return distance.min(2).values.mean() + distance.min(1).values.mean()


def gradients(model):
    return export(model, lambda t: t.grad if isinstance(t, torch.nn.Parameter) else None)


def make(name, config, seed):
    model = build(config, seed)
    p, k = config["patches"], config["groups"] * config["latent"]
    draw = lambda *shape: torch.randn(*shape).double()  # noqa: E731
    inputs = {
        "points": draw(BATCH, POINTS, 3) * 0.5,
        "uv": torch.rand(p, BATCH, PER_PATCH, 2).double(),
        "noise": draw(BATCH, k),
        "z": draw(BATCH, k),
        "grid": torch.rand(GRID, 2).double(),
        "cotangent": draw(p, BATCH, PER_PATCH, 3),
    }
    inputs = {key: tensor.float().double() for key, tensor in inputs.items()}
    files = {"weights": export(model), "in": inputs}

    # Evaluation: running statistics.
    model.eval()
    mean, logvar = model.encoder(inputs["points"])
    z = inputs["z"].clone().requires_grad_()
    uv = inputs["grid"].expand(p, BATCH, GRID, 2)
    points, f_u, f_v = tangents(model, z, uv)
    files["eval"] = {"mean": mean, "points": points, "tangent_u": f_u, "tangent_v": f_v}
    if logvar is not None:
        files["eval"]["logvar"] = logvar
    if model.quantiser:
        # What a decoder gives that takes any latent: that of the nearest codes.
        codes = model.quantiser.assign(inputs["z"])
        quantised = tangents(model, model.quantiser.vectors_of(codes), uv)
        files["quantised"] = dict(zip(("points", "tangent_u", "tangent_v"), quantised))
        files["quantised"] |= {"codes": codes, "log_probability": model.quantiser.log_probability(codes)}
    e, f, g = (f_u * f_u).sum(-1), (f_u * f_v).sum(-1), (f_v * f_v).sum(-1)
    conformal = ((e - g) ** 2 + f**2).mean()
    model.zero_grad()
    conformal.backward()
    files["eval"]["conformal"] = conformal
    files["eval"]["grad_z"] = z.grad
    # The encoder and what a tangent does not see have none.
    files["grad_conformal"] = gradients(model)

    # One training step: batch statistics.
    model.train()
    model.zero_grad()
    mean, logvar = model.encoder(inputs["points"])
    files["train"] = {"mean": mean}
    z, regular = mean, torch.zeros(()).double()
    if logvar is not None:
        z = mean + NOISE_SCALE * inputs["noise"] * torch.exp(logvar / 2)
        kl = torch.distributions.kl_divergence(
            torch.distributions.Normal(mean, torch.exp(logvar / 2)), torch.distributions.Normal(0.0, 1.0)
        ).sum(1).mean()
        files["train"] |= {"logvar": logvar, "kl": kl}
        regular = KL_WEIGHT * kl
    elif model.quantiser:
        codes = model.quantiser.vectors_of(model.quantiser.assign(mean)).detach()
        z = mean + (codes - mean).detach()
        commitment = torch.nn.functional.mse_loss(mean, codes)
        files["train"]["commitment"] = commitment
        regular = COMMITMENT * commitment
    points = model.decode(z, inputs["uv"])
    made = points.transpose(0, 1).reshape(BATCH, -1, 3)
    distance = chamfer(made, inputs["points"])
    loss = distance + regular
    loss.backward(retain_graph=True)
    files["train"] |= {"z": z, "points": points, "chamfer": distance, "loss": loss}
    files["grad"] = gradients(model)
    # The same network under a smooth loss, on which no nearest neighbour can hide an error.
    model.zero_grad()
    ((points * inputs["cotangent"]).mean() + regular).backward()
    files["grad_linear"] = gradients(model)
    if model.quantiser:
        model.quantiser.update(mean.detach(), DECAY)
    running = ("norm.mean", "norm.variance", "codebook.codes", "codebook.usage")
    files["after"] = {k: v for k, v in export(model).items() if k.endswith(running)}

    tensors = {
        f"{part}/{key}": tensor.detach().float().contiguous().clone()
        for part, entries in files.items()
        for key, tensor in entries.items()
    }
    header = {"format": 1, "config": config, "signs": [1.0] * p}
    save_file(tensors, HERE / f"{name}.safetensors", metadata={"atlasforge": json.dumps(header)})


if __name__ == "__main__":
    for seed, (case, change) in enumerate(CASES.items()):
        make(case, BASE | change, seed + 1)
