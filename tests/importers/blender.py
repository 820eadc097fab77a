"""Imports glTF files with Blender's own importer and prints one JSON object: file -> objects.

    python tests/importers/blender.py FILE...

Wants the PyPI package `bpy` (5.0.1 for Python 3.11), or to be run by `blender --background --python`.
"""

import json
import os
import sys

try:
    import numpy

    # Debian's Blender 3.4 names a type that newer numpy doesn't have.
    if not hasattr(numpy, "bool"):
        numpy.bool = bool

    import bpy
except ImportError:
    print("bpy is not installed: pip install bpy==5.0.1 for Python 3.11", file=sys.stderr)
    sys.exit(3)


def look(o):
    """What the tests ask of an object."""
    found = {
        "name": o.name,
        "type": o.type,
        "parent": o.parent.name if o.parent else None,
        "location": list(o.matrix_world.translation),
        "collections": sorted(c.name for c in o.users_collection),
    }
    if o.type == "MESH":
        mesh = o.data
        used = {v for polygon in mesh.polygons for v in polygon.vertices}
        corners = [o.matrix_world @ v.co for v in mesh.vertices]
        found |= {
            "vertices": len(mesh.vertices),
            "loose": len(mesh.vertices) - len(used),
            "triangles": sum(len(p.vertices) - 2 for p in mesh.polygons),
            "materials": [m.name for m in mesh.materials if m],
            "images": sorted({n.image.name for m in mesh.materials if m for n in m.node_tree.nodes if n.type == "TEX_IMAGE"}),
            "uvs": len(mesh.uv_layers),
            "size": [max(c[i] for c in corners) - min(c[i] for c in corners) for i in range(3)],
            "shape_keys": [k.name for k in mesh.shape_keys.key_blocks] if mesh.shape_keys else [],
        }
    return found


# The result goes where Blender's own chatter doesn't.
out = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
summary = {}
for path in [a for a in sys.argv[1:] if a.endswith((".glb", ".gltf"))]:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.import_scene.gltf(filepath=path)
    bpy.context.view_layer.update()
    summary[path] = {
        "objects": sorted((look(o) for o in bpy.data.objects), key=lambda o: o["name"]),
        "actions": sorted(a.name for a in bpy.data.actions),
    }
json.dump(summary, out)
out.close()
