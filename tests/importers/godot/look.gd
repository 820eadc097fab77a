# Godot 3: loads every imported file of the project and prints one line of JSON each: "LOOK <file> <nodes>".
#
#     godot3-server --editor --quit --path P
#     godot3-server --path P -s look.gd
extends SceneTree

func _init():
	var folder = Directory.new()
	folder.open("res://")
	folder.list_dir_begin(true)
	var file = folder.get_next()
	while file != "":
		if file.ends_with(".glb"):
			var scene = load("res://" + file)
			if scene == null:
				print("LOOK ", file, " null")
			else:
				var root = scene.instance()
				var nodes = []
				look(root, root, nodes)
				print("LOOK ", file, " ", to_json(nodes))
				root.free()
		file = folder.get_next()
	quit()

func look(node, root, nodes):
	var found = {"path": str(root.get_path_to(node)), "type": node.get_class()}
	if node is Spatial:
		var at = node.transform.origin
		found["at"] = [at.x, at.y, at.z]
	if node is MeshInstance:
		var box = node.get_aabb()
		var triangles = 0
		var materials = []
		for surface in range(node.mesh.get_surface_count()):
			triangles += node.mesh.surface_get_array_index_len(surface) / 3
			var material = node.mesh.surface_get_material(surface)
			materials.append(material.resource_name if material else null)
		found["size"] = [box.size.x, box.size.y, box.size.z]
		found["triangles"] = triangles
		found["materials"] = materials
		found["shapes"] = node.mesh.get_blend_shape_count()
	if node is CollisionShape:
		found["shape"] = node.shape.get_class()
		if node.shape is ConvexPolygonShape:
			found["points"] = node.shape.points.size()
	if node is AnimationPlayer:
		found["animations"] = Array(node.get_animation_list())
	nodes.append(found)
	for child in node.get_children():
		look(child, root, nodes)
