"""The network again, from PyTorch's own layers: what Atlasforge's fused operations are held to.

PointNet (Qi 2017) with a diagonal Gaussian posterior, none, or a quantised one (van den Oord 2017), AtlasNet's decoder
(Groueix 2018) with `[uv, z]` concatenated per point. Exports its weights under Atlasforge's names and shapes (src/model/weights.rs).
"""

import json

import torch
from safetensors.torch import save_file
from torch import nn

ACTIVATIONS = {"relu": nn.ReLU, "softplus": nn.Softplus, "silu": nn.SiLU}


def block(layer, width, config, act):
    """A linear layer, batch-norm where configured (the layer then has no bias), a nonlinearity or none."""
    norm = [nn.BatchNorm1d(width, momentum=0.1)] if config["batch_norm"] else []
    return nn.Sequential(layer, *norm, *([act()] if act else []))


class Encoder(nn.Module):
    """points [B, N, 3] -> mean, logvar [B, G * D]; logvar is None without a Gaussian."""

    def __init__(self, config):
        super().__init__()
        bias = not config["batch_norm"]
        mlp, width = [], 3
        for i, out in enumerate(config["encoder"]):
            act = nn.ReLU if i + 1 < len(config["encoder"]) else None
            mlp.append(block(nn.Conv1d(width, out, 1, bias=bias), out, config, act))
            width = out
        self.mlp = nn.ModuleList(mlp)
        head = []
        for out in config["encoder_head"]:
            head.append(block(nn.Linear(width, out, bias=bias), out, config, nn.ReLU))
            width = out
        self.head = nn.ModuleList(head)
        latent = config["groups"] * config["latent"]
        self.mean = nn.Linear(width, latent)
        self.logvar = nn.Linear(width, latent) if config.get("posterior", "gaussian") == "gaussian" else None

    def forward(self, points):
        x = points.transpose(1, 2)
        for layer in self.mlp:
            x = layer(x)
        x = x.max(dim=2).values
        for layer in self.head:
            x = layer(x)
        return self.mean(x), self.logvar(x) if self.logvar else None


class Patch(nn.Module):
    """z [B, D], uv [B, n, 2] -> points [B, n, 3]."""

    def __init__(self, config):
        super().__init__()
        layers, width = [], 2 + config["latent"]
        for out in config["decoder"]:
            conv = nn.Conv1d(width, out, 1, bias=not config["batch_norm"])
            layers.append(block(conv, out, config, ACTIVATIONS[config["activation"]]))
            width = out
        self.layers = nn.ModuleList(layers)
        self.out = nn.Conv1d(width, 3, 1)
        self.tanh = config["tanh"]

    def forward(self, z, uv):
        x = torch.cat([uv.transpose(1, 2), z[:, :, None].expand(-1, -1, uv.shape[1])], dim=1)
        for layer in self.layers:
            x = layer(x)
        x = self.out(x)
        return (torch.tanh(x) if self.tanh else x).transpose(1, 2)


class Quantiser(nn.Module):
    """S segments of C codes, their moving averages, and the prior: one MLP a segment over the codes before it."""

    def __init__(self, config):
        super().__init__()
        shape = config["posterior"]["quantised"]
        self.segments, self.codes = shape["segments"], shape["codes"]
        numbers = config["groups"] * config["latent"]
        self.register_buffer("vectors", torch.randn(self.segments, self.codes, numbers // self.segments))
        self.register_buffer("usage", torch.rand(self.segments, self.codes) + 0.5)
        hidden = shape["prior"]
        self.prior = nn.ModuleList(
            nn.Sequential(nn.Linear(numbers, hidden), nn.ReLU(), nn.Linear(hidden, self.codes))
            for _ in range(self.segments)
        )

    def assign(self, z):
        """z [B, K] -> the nearest codes' indices [B, S]."""
        parts = z.reshape(z.shape[0], self.segments, 1, -1)
        return ((parts - self.vectors) ** 2).sum(-1).argmin(-1)

    def vectors_of(self, codes):
        """codes [B, S] -> [B, K]."""
        picked = [self.vectors[s, codes[:, s]] for s in range(self.segments)]
        return torch.cat(picked, 1)

    def log_probability(self, codes):
        """codes [B, S] -> ln p(codes) [B], factor by factor."""
        z = self.vectors_of(codes)
        width = z.shape[1] // self.segments
        total = 0.0
        for s, net in enumerate(self.prior):
            seen = torch.cat([z[:, : s * width], torch.zeros_like(z[:, s * width :])], 1)
            total = total + torch.log_softmax(net(seen), 1).gather(1, codes[:, s : s + 1])[:, 0]
        return total

    @torch.no_grad()
    def update(self, z, decay):
        """Moving averages of counts and sums; usage is 1 where every code is used alike."""
        share = self.codes / z.shape[0]
        codes = self.assign(z)
        for s in range(self.segments):
            one_hot = torch.nn.functional.one_hot(codes[:, s], self.codes).to(z)
            parts = z.reshape(z.shape[0], self.segments, -1)[:, s]
            sums = decay * self.usage[s, :, None] * self.vectors[s] + (1 - decay) * share * one_hot.T @ parts
            self.usage[s] = decay * self.usage[s] + (1 - decay) * share * one_hot.sum(0)
            self.vectors[s] = sums / self.usage[s, :, None]


class AtlasVae(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        self.encoder = Encoder(config)
        self.patches = nn.ModuleList(Patch(config) for _ in range(config["patches"]))
        self.quantiser = Quantiser(config) if "quantised" in config.get("posterior", "gaussian") else None

    def decode(self, z, uv):
        """z [B, G * D], uv [P, B, n, 2] -> points [P, B, n, 3]."""
        groups = z.reshape(z.shape[0], self.config["groups"], self.config["latent"])
        one = self.config["groups"] == 1
        return torch.stack([patch(groups[:, 0 if one else p], uv[p]) for p, patch in enumerate(self.patches)])


def _names(config, encoder, patches):
    """Atlasforge's name -> tensors of PyTorch's shape; one for the encoder, P for the decoder."""
    normed = config["batch_norm"]

    def after(name, blocks):
        if not normed:
            return {f"{name}.bias": [b[0].bias for b in blocks]}
        parts = {"scale": "weight", "shift": "bias", "mean": "running_mean", "variance": "running_var"}
        return {f"{name}.norm.{ours}": [getattr(b[1], theirs) for b in blocks] for ours, theirs in parts.items()}

    table = {}
    for stage, layers in (("mlp", encoder.mlp), ("head", encoder.head)):
        for i, layer in enumerate(layers):
            table[f"encoder.{stage}.{i}.weight"] = [layer[0].weight]
            table |= after(f"encoder.{stage}.{i}", [layer])
    for head in ("mean", "logvar") if encoder.logvar else ("mean",):
        table[f"posterior.{head}.weight"] = [getattr(encoder, head).weight]
        table[f"posterior.{head}.bias"] = [getattr(encoder, head).bias]
    for i in range(len(config["decoder"])):
        blocks = [p.layers[i] for p in patches]
        table[f"decoder.{i}.weight"] = [b[0].weight for b in blocks]
        table |= after(f"decoder.{i}", blocks)
    table["decoder.out.weight"] = [p.out.weight for p in patches]
    table["decoder.out.bias"] = [p.out.bias for p in patches]
    return table


def export(model, pick=lambda t: t):
    """Atlasforge's tensors by name: linear weights [in, out] or [P, in, out]. `pick` maps a parameter to what is
    exported, e.g. its gradient; names for which it gives None are left out."""
    out = {}
    for name, tensors in _names(model.config, model.encoder, model.patches).items():
        picked = [pick(t) for t in tensors]
        if any(t is None for t in picked):
            continue
        if name.endswith(".weight"):
            picked = [t.detach().reshape(t.shape[0], t.shape[1]).T for t in picked]
        else:
            picked = [t.detach() for t in picked]
        if not name.startswith("decoder"):
            out[name] = picked[0].clone().contiguous()
            continue
        stacked = torch.stack([t if t.dim() == 2 else t[None] for t in picked]).contiguous()
        if name == "decoder.0.weight":
            out["decoder.0.uv.weight"] = stacked[:, :2].contiguous()
            out["decoder.0.latent.weight"] = stacked[:, 2:].contiguous()
        else:
            out[name] = stacked
    if model.quantiser:
        q = model.quantiser
        stack = lambda tensors: torch.stack([t.detach().T for t in tensors]).contiguous()  # noqa: E731
        parts = {"codebook.codes": q.vectors, "codebook.usage": q.usage}
        if pick(q.vectors) is not None:
            out |= {name: t.detach().clone() for name, t in parts.items()}
            for i, layer in ((0, "0"), (2, "out")):
                out[f"prior.{layer}.weight"] = stack([net[i].weight for net in q.prior])
                out[f"prior.{layer}.bias"] = torch.stack([net[i].bias.detach()[None] for net in q.prior])
    return out


def write_checkpoint(path, model, signs, **meta):
    """A checkpoint that `Checkpoint::read` takes."""
    header = {"format": 1, "config": model.config, "signs": signs, **meta}
    save_file(export(model), path, metadata={"atlasforge": json.dumps(header)})
