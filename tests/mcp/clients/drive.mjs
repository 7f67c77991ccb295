// Drives a built server with the official clients: the v1 SDK (handshake only) and the v2 client in its
// legacy, auto (it probes first) and pinned 2026-07-28 modes. Each mode works on a fresh database.
//   node drive.mjs PROGRAM ARGUMENT...     {db} in an argument becomes the path of that database
// Prints one line a check; exits 1 if any failed. SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/stdio.js';
import { ResourceUpdatedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { Client as ClientV2 } from '@modelcontextprotocol/client';
import { StdioClientTransport as TransportV2 } from '@modelcontextprotocol/client/stdio';

const CONCURRENT_STORES = 200;
const STORES_BEFORE_CANCEL = 50;
const CLOSE_MS = 1500;
const CHANGE_MS = 5000;
const SETTLE_MS = 300; // late replies would show up as protocol errors of the client

const modes = [
  { name: 'sdk v1', Client: ClientV1, Transport: TransportV1, version: '2025-11-25' },
  { name: 'client v2 legacy', Client: ClientV2, Transport: TransportV2, version: '2025-11-25',
    options: { versionNegotiation: { mode: 'legacy' } } },
  { name: 'client v2 auto', Client: ClientV2, Transport: TransportV2, version: '2026-07-28',
    options: { versionNegotiation: { mode: 'auto' } } },
  { name: 'client v2 pinned', Client: ClientV2, Transport: TransportV2, version: '2026-07-28',
    options: { versionNegotiation: { mode: { pin: '2026-07-28' } } } },
];

let failures = 0;

function check(mode, what, good, detail = '') {
  if (!good) failures += 1;
  console.log(`${good ? 'ok  ' : 'FAIL'} ${mode.name}: ${what}${detail === '' ? '' : ` (${detail})`}`);
}

async function errorOf(promise) {
  try {
    await promise;
    return undefined;
  } catch (error) {
    return error;
  }
}

async function checkConnection(mode, client) {
  check(mode, 'knows the server', client.getServerVersion()?.name === 'ai-memory');
  check(mode, 'got instructions', (client.getInstructions() ?? '').length > 0);
  const version = client.getNegotiatedProtocolVersion?.();
  if (version !== undefined) check(mode, 'negotiated', version === mode.version, version);
}

async function checkLists(mode, client) {
  const { tools } = await client.listTools();
  const names = tools.map((tool) => tool.name);
  check(mode, 'tools/list', names.includes('memory_store') && names.includes('memory_recall'),
        `${names.length} tools, ${JSON.stringify(tools).length} bytes`);
}

async function checkCalls(mode, client) {
  const call = (name, args) => client.callTool({ name, arguments: args });
  const stored = await call('memory_store', { title: 'Tea 🍵', content: 'Green, in the morning' });
  const id = stored.structuredContent?.id;
  check(mode, 'memory_store', typeof id === 'string');
  const found = await call('memory_recall', { context: 'which tea' });
  check(mode, 'memory_recall carries content',
        found.structuredContent?.memories?.[0]?.content === 'Green, in the morning');
  const got = await call('memory_get', { id });
  check(mode, 'memory_get', got.structuredContent?.title === 'Tea 🍵');
  const bad = await call('memory_recall', { context: 5 });
  check(mode, 'a bad argument is a result', bad.isError === true, bad.content?.[0]?.text);
  const unknown = await errorOf(call('no_such_tool', {}));
  check(mode, 'an unknown tool is an error', unknown?.code === -32602, `code ${unknown?.code}`);
}

async function checkPromptsAndResources(mode, client) {
  const { prompts } = await client.listPrompts();
  check(mode, 'prompts/list', prompts.length === 2);
  const prompt = await client.getPrompt({ name: 'recall-first', arguments: { namespace: 'infra' } });
  check(mode, 'prompts/get', prompt.messages[0].content.text.includes('infra'));
  const { resources } = await client.listResources();
  check(mode, 'resources/list', resources.length > 0);
  const read = await client.readResource({ uri: resources[0].uri });
  check(mode, 'resources/read', read.contents[0].text.includes('Green, in the morning'));
  const { resourceTemplates } = await client.listResourceTemplates();
  check(mode, 'resources/templates/list', resourceTemplates.length === 1);
  const done = await client.complete({
    ref: { type: 'ref/prompt', name: 'recall-first' }, argument: { name: 'namespace', value: 'glo' } });
  check(mode, 'completion/complete', done.completion.values.includes('global'));
  return resources[0].uri;
}

async function checkSubscription(mode, client, uri) {
  let heard;
  const change = new Promise((resolve) => { heard = resolve; });
  const handler = (notification) => heard(notification.params.uri);
  if (mode.Client === ClientV1) client.setNotificationHandler(ResourceUpdatedNotificationSchema, handler);
  else client.setNotificationHandler('notifications/resources/updated', handler);
  const modern = mode.version === '2026-07-28';
  const stream = modern ? await client.listen({ resourceSubscriptions: [uri], resourcesListChanged: true })
                        : await client.subscribeResource({ uri });
  const id = uri.split('/').pop();
  await client.callTool({ name: 'memory_update', arguments: { id, priority: 7 } });
  const late = new Promise((resolve) => { setTimeout(() => resolve('nothing'), CHANGE_MS).unref(); });
  const said = await Promise.race([change, late]);
  check(mode, 'a change of a resource is announced', said === uri, said);
  if (modern) await stream.close();
  else await client.unsubscribeResource({ uri });
}

// The cancelled call waits behind stores, so that the cancel arrives before its turn.
async function checkCancel(mode, client) {
  const stores = Array.from({ length: STORES_BEFORE_CANCEL }, (_, i) =>
    client.callTool({ name: 'memory_store', arguments: { title: `before ${i}`, content: 'text' } }));
  const abort = new AbortController();
  const params = { name: 'memory_list', arguments: { limit: 200 } };
  const options = { signal: abort.signal };
  const pending = mode.Client === ClientV1 ? client.callTool(params, undefined, options)
                                           : client.callTool(params, options);
  const outcome = errorOf(pending);
  abort.abort('no longer wanted');
  check(mode, 'a cancelled call ends', (await outcome) !== undefined);
  await Promise.all(stores);
}

async function checkManyAtOnce(mode, client) {
  const stores = Array.from({ length: CONCURRENT_STORES }, (_, i) =>
    client.callTool({ name: 'memory_store', arguments: { title: `note ${i}`, content: 'text', namespace: 'many' } }));
  const results = await Promise.all(stores);
  check(mode, `${CONCURRENT_STORES} stores at once`, results.every((result) => !result.isError));
  const list = await client.callTool({ name: 'memory_list', arguments: { namespace: 'many', limit: 200 } });
  check(mode, 'all of them are there', list.structuredContent?.count === CONCURRENT_STORES,
        `${list.structuredContent?.count}`);
}

async function drive(mode, command, args) {
  const client = new mode.Client({ name: 'driver', version: '1' }, mode.options ?? {});
  const errors = [];
  client.onerror = (error) => errors.push(error.message);
  await client.connect(new mode.Transport({ command, args, stderr: 'inherit' }));
  await checkConnection(mode, client);
  await checkLists(mode, client);
  await checkCalls(mode, client);
  await checkSubscription(mode, client, await checkPromptsAndResources(mode, client));
  await checkCancel(mode, client);
  await checkManyAtOnce(mode, client);
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  check(mode, 'no protocol error at the client', errors.length === 0, errors.slice(0, 2).join('; '));
  const start = Date.now();
  await client.close();
  check(mode, 'closes soon', Date.now() - start < CLOSE_MS, `${Date.now() - start} ms`);
}

const [command, ...template] = process.argv.slice(2);
if (command === undefined) {
  console.error('usage: node drive.mjs PROGRAM ARGUMENT...');
  process.exit(2);
}
for (const mode of modes) {
  const folder = mkdtempSync(join(tmpdir(), 'ai-memory-'));
  const args = template.map((arg) => arg.replace('{db}', join(folder, 'memory.db')));
  try {
    await drive(mode, command, args);
  } catch (error) {
    check(mode, 'runs to its end', false, error.message);
  }
  rmSync(folder, { recursive: true, force: true });
}
process.exit(failures === 0 ? 0 : 1);
