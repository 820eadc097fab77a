// Loads glTF files with three.js in headless Chromium, prints one JSON object (file -> what was loaded), and takes a picture of
// each: three meshes are one sword, seen from four sides.
//
//   node tests/importers/three.mjs OUT-FOLDER FILE...
//
// Packages `three` and `playwright-core` are looked for in ./node_modules (and above) and in $NODE_PATH; Chromium is
// $ATLASFORGE_CHROMIUM or /usr/bin/chromium. Exit code: 0 loaded, 1 not, 2 used wrongly, 3 something is missing.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { basename, dirname, extname, join } from 'node:path';

const [out, ...files] = process.argv.slice(2);
if (files.length === 0) {
  console.error('usage: node three.mjs OUT-FOLDER FILE...');
  process.exit(2);
}
const missing = (what) => {
  console.error(what);
  process.exit(3);
};
const require = createRequire(join(process.cwd(), 'resolve.js'));
const chromium = process.env.ATLASFORGE_CHROMIUM ?? '/usr/bin/chromium';
if (!existsSync(chromium)) missing(`no Chromium at ${chromium}: install it, or name one in ATLASFORGE_CHROMIUM`);
let three, playwright;
try {
  three = dirname(dirname(require.resolve('three')));
  playwright = require('playwright-core');
} catch (error) {
  if (error.code !== 'MODULE_NOT_FOUND') throw error;
  missing('three or playwright-core is not installed: npm install three playwright-core');
}

const page = `<!doctype html><canvas width=1200 height=420></canvas>
<script type="importmap">{"imports": {"three": "/three/build/three.module.js", "three/addons/": "/three/examples/jsm/"}}</script>
<script type="module">
import * as THREE from 'three';
import { GLTFLoader } from 'three/addons/loaders/GLTFLoader.js';
import { MeshoptDecoder } from 'three/addons/libs/meshopt_decoder.module.js';
import { RoomEnvironment } from 'three/addons/environments/RoomEnvironment.js';
const renderer = new THREE.WebGLRenderer({ canvas: document.querySelector('canvas'), antialias: true });
const room = new THREE.PMREMGenerator(renderer).fromScene(new RoomEnvironment(), 0.04).texture;
window.show = async (url) => {
  const gltf = await new GLTFLoader().setMeshoptDecoder(MeshoptDecoder).loadAsync(url);
  const scene = new THREE.Scene();
  scene.environment = room;
  scene.background = new THREE.Color(0x8899aa);
  scene.add(gltf.scene);
  const mixer = new THREE.AnimationMixer(gltf.scene);
  for (const clip of gltf.animations) mixer.clipAction(clip).play();
  scene.updateMatrixWorld(true);
  const box = new THREE.Box3().setFromObject(gltf.scene, true);
  const size = box.getSize(new THREE.Vector3()), middle = box.getCenter(new THREE.Vector3());
  const meshes = [], empties = [];
  gltf.scene.traverse((o) => {
    if (o.isMesh) {
      const g = o.geometry;
      meshes.push({
        name: o.name, parent: o.parent.name, triangles: g.index.count / 3, attributes: Object.keys(g.attributes).sort(),
        material: o.material.name, maps: ['map', 'normalMap', 'aoMap', 'roughnessMap'].filter((m) => o.material[m]),
        targets: Object.keys(o.morphTargetDictionary ?? {}),
      });
    } else if (o.children.length === 0) empties.push(o.name);
  });
  // Four views beside each other: front, side, back, and from above the guard. A moving one half way on in the last two.
  renderer.setScissorTest(true);
  const { width, height } = renderer.domElement;
  [0, 90, 180, 30].forEach((angle, i) => {
    if (i === 2) mixer.setTime(gltf.animations.length ? gltf.animations[0].duration / 2 : 0);
    const w = width / 4, half = size.y * 0.55, camera = new THREE.OrthographicCamera(-half * w / height, half * w / height, half, -half, 0, 20);
    const a = angle * Math.PI / 180, tilt = i === 3 ? 3 : 0;
    camera.position.set(middle.x + 5 * Math.sin(a), middle.y + tilt, middle.z + 5 * Math.cos(a));
    camera.lookAt(middle);
    renderer.setViewport(i * w, 0, w, height);
    renderer.setScissor(i * w, 0, w, height);
    renderer.render(scene, camera);
  });
  return {
    size: size.toArray(), meshes, empties, scenes: gltf.scenes.map((s) => s.name),
    animations: gltf.animations.map((a) => ({ name: a.name, duration: a.duration, tracks: a.tracks.length })),
    picture: renderer.domElement.toDataURL('image/png'),
  };
};
window.ready = true;
</script>`;

const kinds = { '.js': 'text/javascript', '.glb': 'model/gltf-binary' };
const server = createServer((request, response) => {
  const path = decodeURIComponent(new URL(request.url, 'http://localhost').pathname);
  if (path === '/') return response.setHeader('content-type', 'text/html'), response.end(page);
  const file = path.startsWith('/three/') ? join(three, path.slice(7)) : files[Number(path.slice(1).split('.')[0])];
  if (!file || !existsSync(file)) return response.writeHead(404), response.end();
  response.setHeader('content-type', kinds[extname(file)] ?? 'application/octet-stream');
  response.end(readFileSync(file));
});
await new Promise((done) => server.listen(0, '127.0.0.1', done));
const browser = await playwright.chromium.launch({
  executablePath: chromium,
  args: ['--no-sandbox', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--ignore-gpu-blocklist'],
});
let failed = false;
const summary = {};
try {
  const tab = await browser.newPage();
  const said = [];
  tab.on('pageerror', (error) => said.push(String(error)));
  tab.on('console', (message) => ['error', 'warning'].includes(message.type()) && said.push(message.text()));
  await tab.goto(`http://127.0.0.1:${server.address().port}/`);
  await tab.waitForFunction('window.ready', null, { timeout: 120000 });
  for (const [i, file] of files.entries()) {
    try {
      const { picture, ...found } = await tab.evaluate((url) => window.show(url), `/${i}.glb`);
      writeFileSync(join(out, `${basename(file, '.glb')}.png`), Buffer.from(picture.split(',')[1], 'base64'));
      summary[file] = found;
    } catch (error) {
      failed = true;
      summary[file] = { error: String(error), said };
    }
  }
} finally {
  await browser.close();
  server.close();
}
console.log(JSON.stringify(summary));
// Not process.exit, which cuts off what a pipe has not taken yet.
process.exitCode = failed ? 1 : 0;
