"""Writes the AtlasNet checkpoints of tests/convert.rs: narrow networks of both generations, saved as the original programs
would have saved them, and beside each what PyTorch decodes. Needs torch alone.

    python tests/golden/make_atlasnet.py

Written from the published architectures (Groueix et al. 2018, arXiv 1802.05384, and its reference repository's
description), in double precision where numbers are compared; nothing here is the reference's code.
"""

import json
from collections import OrderedDict
from pathlib import Path

import torch
from torch import nn

HERE = Path(__file__).parent / "atlasnet"
PATCHES, LATENT = 2, 6


def conv(inputs, outputs):
    return nn.Conv1d(inputs, outputs, 1)


class Points(nn.Module):
    """conv1..3 with bn1..3 for each point, maximum over the points; then, in the newer generation, lin1..2 with bn4..5."""

    def __init__(self, newer):
        super().__init__()
        widths = [3, 5, 7, LATENT]
        for i in range(3):
            setattr(self, f"conv{i + 1}", conv(widths[i], widths[i + 1]))
            setattr(self, f"bn{i + 1}", nn.BatchNorm1d(widths[i + 1]))
        self.newer = newer
        if newer:
            self.lin1, self.lin2 = nn.Linear(LATENT, LATENT), nn.Linear(LATENT, LATENT)
            self.bn4, self.bn5 = nn.BatchNorm1d(LATENT), nn.BatchNorm1d(LATENT)
        else:
            # The spatial transformer that the older generation carries and never runs.
            self.stn = nn.Module()
            self.stn.fc1 = nn.Linear(2, 2)

    def forward(self, x):
        x = torch.relu(self.bn1(self.conv1(x)))
        x = torch.relu(self.bn2(self.conv2(x)))
        x = self.bn3(self.conv3(x)).amax(2)
        if self.newer:
            x = torch.relu(self.bn4(self.lin1(x)))
            x = torch.relu(self.bn5(self.lin2(x)))
        return x


class OldPatch(nn.Module):
    """(u, v, latent) through four convolutions, tanh at the end."""

    def __init__(self):
        super().__init__()
        n = 2 + LATENT
        widths = [n, n, n // 2, n // 4, 3]
        for i in range(4):
            setattr(self, f"conv{i + 1}", conv(widths[i], widths[i + 1]))
        for i in range(3):
            setattr(self, f"bn{i + 1}", nn.BatchNorm1d(widths[i + 1]))

    def forward(self, uv, z):
        x = torch.cat([uv, z[:, :, None].expand(-1, -1, uv.shape[2])], 1)
        for i in range(1, 4):
            x = torch.relu(getattr(self, f"bn{i}")(getattr(self, f"conv{i}")(x)))
        return torch.tanh(self.conv4(x))


class NewPatch(nn.Module):
    """(u, v) through a convolution, the latent added to it, then hidden layers; nothing at the end."""

    def __init__(self):
        super().__init__()
        hidden = 5
        self.conv1, self.conv2, self.last_conv = conv(2, LATENT), conv(LATENT, hidden), conv(hidden, 3)
        self.conv_list = nn.ModuleList(conv(hidden, hidden) for _ in range(2))
        self.bn1, self.bn2 = nn.BatchNorm1d(LATENT), nn.BatchNorm1d(hidden)
        self.bn_list = nn.ModuleList(nn.BatchNorm1d(hidden) for _ in range(2))

    def forward(self, uv, z):
        x = torch.relu(self.bn1(self.conv1(uv) + z[:, :, None]))
        x = torch.relu(self.bn2(self.conv2(x)))
        for layer, norm in zip(self.conv_list, self.bn_list):
            x = torch.relu(norm(layer(x)))
        return self.last_conv(x)


class Old(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(Points(False), nn.Linear(LATENT, LATENT), nn.BatchNorm1d(LATENT), nn.ReLU())
        self.decoder = nn.ModuleList(OldPatch() for _ in range(PATCHES))

    def patches(self):
        return self.decoder


class New(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = Points(True)
        self.decoder = nn.Module()
        self.decoder.decoder = nn.ModuleList(NewPatch() for _ in range(PATCHES))

    def patches(self):
        return self.decoder.decoder


def randomised(network):
    """Statistics and affine parts as training leaves them: none at its initial value."""
    for module in network.modules():
        if isinstance(module, nn.BatchNorm1d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.uniform_(module.bias, -0.5, 0.8)
            module.running_mean.uniform_(-0.5, 0.5)
            module.running_var.uniform_(0.2, 2.0)
    return network.eval()


def main():
    HERE.mkdir(exist_ok=True)
    torch.manual_seed(25)
    for name, make in (("v2", Old), ("v3", New)):
        network = randomised(make())
        state = network.state_dict()
        several = OrderedDict((f"module.{key}", value) for key, value in state.items())
        torch.save(state, HERE / f"{name}.zip.pth")
        torch.save(several, HERE / f"{name}.legacy.pth", _use_new_zipfile_serialization=False)
        z = torch.randn(1, LATENT).relu() + 0.1
        uv = torch.rand(1, 2, 5)
        cloud = torch.randn(1, 3, 40) * 0.5
        double = network.double()
        with torch.no_grad():
            points = torch.cat([patch(uv.double(), z.double()) for patch in double.patches()], 2)[0].T
            latent = double.encoder(cloud.double())[0]
        facts = {
            "latent": z[0].tolist(),
            "uv": uv[0].T.tolist(),
            "points": points.tolist(),
            "cloud": cloud[0].T.tolist(),
            "encoded": latent.tolist(),
        }
        (HERE / f"{name}.json").write_text(json.dumps(facts) + "\n")
    print(sum(f.stat().st_size for f in HERE.iterdir()), "bytes")


if __name__ == "__main__":
    main()
