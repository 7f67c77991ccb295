// Streamable HTTP on loopback in front of a stdio server: the official conformance suite speaks HTTP only.
// The bridge is the HTTP layer and nothing else: headers, status codes, sessions and streams. A session of the handshake
// revisions has a server process of its own; all requests of 2026-07-28 share one. Ids and progress tokens of the
// clients are made unique on the way in and put back on the way out; nothing else of a message is touched.
// What no server may do (a line that is no message, a reply to nobody) is collected in `faults`.
// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';

const META = 'io.modelcontextprotocol/';
const MODERN = '2026-07-28';
const HEADER_MISMATCH = -32020;
const INVALID_REQUEST = -32600;
const PARSE_ERROR = -32700;
const METHOD_NOT_FOUND = -32601;
const INVALID_PARAMS = -32602;
const STOP_MS = 20_000; // with sanitizers, and many at once

// A server process and the requests it has not answered.
class Peer {
  constructor(command, faults) {
    this.faults = faults;
    this.pending = new Map(); // id on the pipe -> exchange
    this.byToken = new Map(); // progress token on the pipe -> exchange
    this.listeners = new Set(); // streams of GET
    this.count = 0;
    this.process = spawn(command[0], command.slice(1), { stdio: ['pipe', 'pipe', 'inherit'] });
    this.process.stdin.on('error', () => {});
    this.ended = new Promise((resolve) => {
      this.process.on('exit', (code, signal) => {
        if (code !== 0) faults.push(`the server ended with ${code ?? signal}`);
        for (const exchange of this.pending.values()) exchange.close();
        resolve();
      });
    });
    let rest = '';
    this.process.stdout.setEncoding('utf8');
    this.process.stdout.on('data', (text) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop();
      for (const line of lines) this.receive(line);
    });
  }

  send(message) {
    this.process.stdin.write(`${JSON.stringify(message)}\n`);
  }

  request(message, exchange) {
    const number = (this.count += 1);
    const unique = (value) => (typeof value === 'number' ? 1_000_000 + number : `${value}/${number}`);
    exchange.id = message.id;
    exchange.pipeId = unique(message.id);
    this.pending.set(exchange.pipeId, exchange);
    const sent = structuredClone(message);
    sent.id = exchange.pipeId;
    const token = message.params?._meta?.progressToken;
    if (token !== undefined) {
      exchange.token = token;
      exchange.pipeToken = unique(token);
      this.byToken.set(exchange.pipeToken, exchange);
      sent.params._meta.progressToken = exchange.pipeToken;
    }
    this.send(sent);
  }

  forget(exchange) {
    this.byToken.delete(exchange.pipeToken);
    return this.pending.delete(exchange.pipeId);
  }

  cancel(exchange) {
    if (this.forget(exchange))
      this.send({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: exchange.pipeId } });
  }

  receive(line) {
    let message;
    try {
      message = JSON.parse(line);
    } catch {
      message = null;
    }
    if (message?.jsonrpc !== '2.0') this.faults.push(`no message on stdout: ${line.slice(0, 200)}`);
    else if (message.method === undefined) this.receiveReply(message);
    else if (message.id !== undefined) this.faults.push(`the server asks its client: ${line.slice(0, 200)}`);
    else this.receiveNotice(message);
  }

  receiveReply(message) {
    const exchange = this.pending.get(message.id);
    if (exchange === undefined) {
      this.faults.push(`a reply to nobody: ${JSON.stringify(message).slice(0, 200)}`);
      return;
    }
    this.forget(exchange);
    message.id = exchange.id;
    restoreSubscription(message.result, exchange);
    exchange.reply(message);
  }

  receiveNotice(message) {
    const params = message.params ?? {};
    const stream = params._meta?.[`${META}subscriptionId`];
    if (message.method === 'notifications/progress') {
      const exchange = this.byToken.get(params.progressToken);
      if (exchange === undefined) this.faults.push(`progress of nothing: ${JSON.stringify(params)}`);
      else exchange.notice({ ...message, params: { ...params, progressToken: exchange.token } });
    } else if (stream !== undefined) {
      const exchange = this.pending.get(stream);
      if (exchange === undefined) return; // its client went while this was under way
      restoreSubscription(params, exchange);
      exchange.notice(message);
    } else if (message.method !== 'notifications/cancelled') {
      // About no request in particular: to one that is open, else to who listens.
      const last = [...this.pending.values()].pop() ?? [...this.listeners][0];
      last?.notice(message);
    }
  }

  async stop() {
    this.process.stdin.end();
    const late = setTimeout(() => {
      this.faults.push('the server did not end when stdin was closed');
      this.process.kill('SIGKILL');
    }, STOP_MS);
    await this.ended;
    clearTimeout(late);
  }
}

function restoreSubscription(object, exchange) {
  const key = `${META}subscriptionId`;
  if (object?._meta !== undefined && key in object._meta) object._meta[key] = exchange.id;
}

// The answer to one POST: plain JSON, or a stream from the first notification on.
class Exchange {
  constructor(response, headers, statusOf) {
    this.response = response;
    this.headers = headers;
    this.statusOf = statusOf;
  }

  notice(message) {
    if (!this.response.headersSent) openStream(this.response, this.headers);
    this.response.write(`event: message\ndata: ${JSON.stringify(message)}\n\n`);
  }

  reply(message) {
    if (this.response.headersSent) {
      this.notice(message);
      this.response.end();
    } else {
      sendJson(this.response, this.statusOf(message), message, this.headers);
    }
  }

  close() {
    this.response.end();
  }
}

function openStream(response, headers) {
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache', ...headers });
}

function sendJson(response, status, body, headers = {}) {
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
  response.end(body === undefined ? '' : JSON.stringify(body));
}

function sendError(response, status, code, message, id = null) {
  sendJson(response, status, { jsonrpc: '2.0', id, error: { code, message } });
}

const isLocal = (host) => /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i.test(host ?? '');

// Whoever is misled to another name for this address is turned away: DNS rebinding.
function comesFromHere({ headers }) {
  return isLocal(headers.host) && (headers.origin === undefined || isLocal(headers.origin.replace(/^https?:\/\//, '')));
}

function decodedHeader(value) {
  const coded = /^=\?base64\?(.*)\?=$/.exec(value ?? '');
  return coded ? Buffer.from(coded[1], 'base64').toString() : value;
}

// What of the headers of 2026-07-28 contradicts the message; undefined: nothing.
function headerMismatch(headers, message) {
  const version = message.params?._meta?.[`${META}protocolVersion`];
  const header = headers['mcp-protocol-version']?.trim();
  if (header === undefined) return 'MCP-Protocol-Version is missing';
  if (version !== undefined && version !== header) return 'MCP-Protocol-Version is not that of the message';
  if (headers['mcp-method']?.trim() !== message.method) return 'Mcp-Method is not that of the message';
  const named = { 'tools/call': 'name', 'prompts/get': 'name', 'resources/read': 'uri' }[message.method];
  const name = named === undefined ? undefined : message.params?.[named];
  if (typeof name === 'string' && decodedHeader(headers['mcp-name']?.trim()) !== name)
    return 'Mcp-Name is not that of the message';
  return undefined;
}

function modernStatus(meta) {
  const whole = meta?.[`${META}protocolVersion`] !== undefined && meta[`${META}clientCapabilities`] !== undefined;
  return ({ error }) => {
    if (error === undefined) return 200;
    if (error.code === METHOD_NOT_FOUND) return 404;
    if (error.code === INVALID_PARAMS) return whole ? 200 : 400;
    return [-32020, -32021, -32022, INVALID_REQUEST, PARSE_ERROR].includes(error.code) ? 400 : 200;
  };
}

class Bridge {
  constructor(command) {
    this.command = command;
    this.faults = [];
    this.sessions = new Map();
    this.peers = [];
    this.shared = undefined;
    this.http = createServer((request, response) => this.serve(request, response));
  }

  newPeer() {
    const peer = new Peer(this.command(this.peers.length), this.faults);
    this.peers.push(peer);
    return peer;
  }

  serve(request, response) {
    if (!comesFromHere(request)) return sendError(response, 403, INVALID_REQUEST, 'Host or Origin is not this machine');
    if (request.method === 'POST') return this.post(request, response);
    const id = request.headers['mcp-session-id'];
    const peer = this.sessions.get(id);
    if (request.method !== 'GET' && request.method !== 'DELETE')
      return sendError(response, 405, INVALID_REQUEST, 'Method not allowed');
    if (peer === undefined) return sendError(response, id ? 404 : 405, INVALID_REQUEST, 'No such session');
    if (request.method === 'DELETE') {
      this.sessions.delete(id);
      peer.stop();
      return sendJson(response, 200);
    }
    const listener = new Exchange(response, { 'Mcp-Session-Id': id });
    openStream(response, listener.headers);
    response.flushHeaders();
    peer.listeners.add(listener);
    return response.on('close', () => peer.listeners.delete(listener));
  }

  async post(request, response) {
    let body = '';
    request.setEncoding('utf8');
    for await (const part of request) body += part;
    let message;
    try {
      message = JSON.parse(body);
    } catch {
      return sendError(response, 400, PARSE_ERROR, 'Parse error');
    }
    if (message === null || typeof message !== 'object' || Array.isArray(message))
      return sendError(response, 400, INVALID_REQUEST, 'Invalid request');
    const meta = message.params?._meta;
    const header = request.headers['mcp-protocol-version'];
    const modern =
      meta?.[`${META}protocolVersion`] !== undefined || header >= MODERN || message.method === 'server/discover';
    return modern ? this.postModern(request, response, message) : this.postHandshake(request, response, message);
  }

  postModern(request, response, message) {
    const isRequest = message.id !== undefined && message.method !== undefined;
    const mismatch = isRequest ? headerMismatch(request.headers, message) : undefined;
    if (mismatch !== undefined) return sendError(response, 400, HEADER_MISMATCH, `Header mismatch: ${mismatch}`, message.id);
    this.shared ??= this.newPeer();
    return this.pass(this.shared, message, response, {}, modernStatus(message.params?._meta));
  }

  postHandshake(request, response, message) {
    let id = request.headers['mcp-session-id'];
    if (message.method === 'initialize') {
      id = randomUUID();
      this.sessions.set(id, this.newPeer());
    } else if (id === undefined) {
      return sendError(response, 400, INVALID_REQUEST, 'Mcp-Session-Id is missing', message.id);
    }
    const peer = this.sessions.get(id);
    if (peer === undefined) return sendError(response, 404, INVALID_REQUEST, 'No such session', message.id);
    return this.pass(peer, message, response, { 'Mcp-Session-Id': id }, () => 200);
  }

  pass(peer, message, response, headers, statusOf) {
    if (message.id === undefined || message.method === undefined) {
      peer.send(message);
      response.writeHead(202, headers);
      return response.end();
    }
    const exchange = new Exchange(response, headers, statusOf);
    response.on('close', () => peer.cancel(exchange));
    return peer.request(message, exchange);
  }

  async stop() {
    this.http.close();
    this.http.closeAllConnections();
    await Promise.all(this.peers.map((peer) => peer.stop()));
  }
}

// `command(n)` is what to start as the n-th server process. The bridge has a `url`, its `faults` and stop().
export async function startBridge(command) {
  const bridge = new Bridge(command);
  await new Promise((resolve) => { bridge.http.listen(0, '127.0.0.1', resolve); });
  bridge.url = `http://127.0.0.1:${bridge.http.address().port}/mcp`;
  return bridge;
}
