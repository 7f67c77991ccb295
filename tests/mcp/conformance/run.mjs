// Runs the official conformance suite over stdio, through bridge.mjs, against two programs:
//   node run.mjs FIXTURE_SERVER AI_MEMORY
// the server of the memories with the tools, prompts and resources that the suite asks for (FIXTURE_SERVER DATABASE), which
// must pass all that a revision requires but expected-failures.yml; and the command as it is delivered, which must pass what
// asks for none of those. Exits 1 if it does not. SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startBridge } from './bridge.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));
const PACKAGE = join(HERE, 'node_modules/@modelcontextprotocol/conformance');
const SUITE = join(PACKAGE, 'dist/index.js');
const SUITE_MS = 120_000;

// How many scenarios a revision requires of a server, so that a run of nothing is no success, and how many may fail.
const REVISIONS = [
  { name: '2026-07-28', required: 37, failing: 0 },
  { name: '2025-11-25', required: 30, failing: 4 },
];
const WITHOUT_FIXTURES = {
  '2026-07-28': ['tools-list', 'server-sse-multiple-streams', 'resources-list', 'sep-2164-resource-not-found', 'prompts-list',
    'dns-rebinding-protection', 'caching', 'input-required-result-unsupported-methods'],
  '2025-11-25': ['server-initialize', 'ping', 'tools-list', 'server-sse-multiple-streams', 'resources-list', 'prompts-list',
    'dns-rebinding-protection'],
};

let failures = 0;

function check(what, good, detail = '') {
  if (!good) failures += 1;
  console.log(`${good ? 'ok  ' : 'FAIL'} ${what}${detail === '' ? '' : ` (${detail})`}`);
}

// Runs the suite for a revision; its exit code and all it printed.
async function suite(url, revision, results) {
  const child = spawn(process.execPath, ['--import', join(HERE, 'node20.mjs'), SUITE, 'server', '--url', url,
    '--requirements', revision, '--expected-failures', join(HERE, 'expected-failures.yml'), '-o', results],
  { stdio: ['ignore', 'pipe', 'pipe'], timeout: SUITE_MS, env: { ...process.env, NO_COLOR: '1' } });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (part) => { text += part; });
  const code = await new Promise((resolve) => { child.on('close', (exit, signal) => resolve(exit ?? signal)); });
  return { code, text };
}

// What the revision requires of a server, in the suite's own words; more is run, and not scored.
function required(revision) {
  const text = readFileSync(join(PACKAGE, 'requirements', `${revision}.yaml`), 'utf8');
  const list = /^server:\n((?: .*\n|\n)*)/m.exec(text)[1];
  return new Set([...list.matchAll(/^ +- (\S+)/gm)].map(([, name]) => name));
}

// The required scenarios that were run, by name: true if it passed.
function outcomes(text, revision) {
  const summary = text.slice(text.indexOf('=== SUMMARY ==='));
  const lines = [...summary.matchAll(/^([✓✗]) (\S+): \d+ passed, \d+ failed/gm)];
  const scored = required(revision);
  return new Map(lines.filter(([, , name]) => scored.has(name)).map(([, mark, name]) => [name, mark === '✓']));
}

async function withBridge(command, work) {
  const folder = mkdtempSync(join(tmpdir(), 'ai-memory-conformance-'));
  const bridge = await startBridge((number) => command(join(folder, `memory-${number}.db`)));
  try {
    await work(bridge, join(folder, 'results'));
  } finally {
    await bridge.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  return bridge;
}

async function checkFixtures(program, revision) {
  const what = `fixture server, ${revision.name}`;
  const bridge = await withBridge((file) => [program, file], async ({ url }, results) => {
    const { code, text } = await suite(url, revision.name, results);
    const found = outcomes(text, revision.name);
    const failed = [...found].filter(([, passed]) => !passed).map(([name]) => name);
    const passed = found.size - failed.length;
    const good = code === 0 && found.size === revision.required && failed.length === revision.failing;
    check(`${what}: ${passed} of ${revision.required} required scenarios`, good, `failing: ${failed.join(', ') || 'none'}`);
    if (!good) console.log(text);
  });
  check(`${what}: nothing but the protocol on the pipe, ${bridge.peers.length} processes ended well`,
        bridge.faults.length === 0, bridge.faults.slice(0, 3).join('; '));
}

async function checkDelivered(program, revision) {
  const what = `ai-memory, ${revision.name}`;
  const bridge = await withBridge((file) => [program, 'mcp', '--db', file], async ({ url }, results) => {
    const { text } = await suite(url, revision.name, results);
    const found = outcomes(text, revision.name);
    const failed = WITHOUT_FIXTURES[revision.name].filter((name) => found.get(name) !== true);
    check(`${what}: the ${WITHOUT_FIXTURES[revision.name].length} scenarios that need no fixtures`,
          failed.length === 0, failed.join(', '));
    if (failed.length > 0) console.log(text);
  });
  check(`${what}: nothing but the protocol on the pipe`, bridge.faults.length === 0, bridge.faults.slice(0, 3).join('; '));
}

const [fixtures, delivered] = process.argv.slice(2);
if (delivered === undefined) {
  console.error('usage: node run.mjs FIXTURE_SERVER AI_MEMORY');
  process.exit(2);
}
for (const revision of REVISIONS) {
  await checkFixtures(fixtures, revision);
  await checkDelivered(delivered, revision);
}
process.exit(failures === 0 ? 0 : 1);
