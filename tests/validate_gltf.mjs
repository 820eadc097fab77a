// Validates glTF files with Khronos' validator and prints one JSON object: file -> counts and messages.
//
//   node tests/validate_gltf.mjs FILE...
//
// The npm package `gltf-validator` is looked for in ./node_modules (and above) and in $NODE_PATH.
// Exit code: 0 valid without warnings, 1 errors or warnings, 2 used wrongly, 3 the package is missing.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const files = process.argv.slice(2);
if (files.length === 0) {
  console.error('usage: node validate_gltf.mjs FILE...');
  process.exit(2);
}

let validator;
try {
  validator = createRequire(join(process.cwd(), 'resolve.js'))('gltf-validator');
} catch (error) {
  if (error.code !== 'MODULE_NOT_FOUND') throw error;
  console.error('gltf-validator is not installed: npm install gltf-validator, or name its node_modules in NODE_PATH');
  process.exit(3);
}

const summary = {};
let faults = 0;
for (const file of files) {
  // What a .gltf names lies beside it.
  const externalResourceFunction = async (uri) => new Uint8Array(readFileSync(join(dirname(file), decodeURIComponent(uri))));
  const options = { maxIssues: 100, externalResourceFunction };
  const { issues } = await validator.validateBytes(new Uint8Array(readFileSync(file)), options);
  faults += issues.numErrors + issues.numWarnings;
  summary[file] = {
    errors: issues.numErrors,
    warnings: issues.numWarnings,
    infos: issues.numInfos,
    hints: issues.numHints,
    messages: issues.messages.map(({ code, message, pointer }) => `${code} at ${pointer ?? '-'}: ${message}`),
  };
}
console.log(JSON.stringify(summary, null, 2));
// Not process.exit, which cuts off what a pipe has not taken yet.
process.exitCode = faults === 0 ? 0 : 1;
