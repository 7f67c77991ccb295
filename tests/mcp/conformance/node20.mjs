// Lets the suite start on Node 20: it imports fs.globSync, which Node has since 22, and does not call it for a server.
// SPDX-License-Identifier: Apache-2.0
import { register } from 'node:module';

const hooks = `
  const SHIM = 'ai-memory:fs';
  export const resolve = (name, context, next) =>
    /^(node:)?fs$/.test(name) && context.parentURL?.includes('/conformance/dist/')
      ? { url: SHIM, shortCircuit: true } : next(name, context);
  export const load = (url, context, next) =>
    url === SHIM
      ? { format: 'module', shortCircuit: true, source: \`
          export * from 'node:fs';
          export { default } from 'node:fs';
          export const globSync = () => { throw new Error('fs.globSync needs Node 22'); };\` }
      : next(url, context);
`;

if (Number(process.versions.node.split('.')[0]) < 22) register(`data:text/javascript,${encodeURIComponent(hooks)}`);
