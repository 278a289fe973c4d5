import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { WebSocket, WebSocketServer } from 'ws';
import { FakeClock, waitFor } from '#lib';
import { CHANNEL_PROTOCOLS, type ChannelProtocol, ChannelSocket, chooseProtocol } from './channels.ts';

test('chooseProtocol takes the first of the client that is known', () => {
  const cases: [string | undefined, readonly string[], string | undefined][] = [
    ['v5.channel.k8s.io, v4.channel.k8s.io', ['v4.channel.k8s.io'], 'v4.channel.k8s.io'],
    ['b,a', ['a', 'b'], 'b'],
    ['unknown', ['a', ''], undefined],
    [undefined, ['a', ''], ''],
    [undefined, ['a'], undefined],
  ];
  for (const [offered, supported, chosen] of cases) assert.equal(chooseProtocol(offered, supported), chosen);
});

test('a client that vanished is noticed while it is not read from', { timeout: 10_000 }, async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const [accepted] = (await once(server, 'connection')) as [WebSocket];
  await once(client, 'open');
  const clock = new FakeClock();
  let isGone = false;
  const handlers = { message: () => channels.pause(), closed: () => undefined, gone: () => void (isGone = true), full: () => undefined };
  const channels = new ChannelSocket(accepted, CHANNEL_PROTOCOLS['v5.channel.k8s.io'] as ChannelProtocol, handlers, clock);
  client.send(Buffer.from([0, 1]));
  await waitFor('the pause', () => accepted.isPaused);
  client.send(Buffer.alloc(1 << 20));
  client.terminate();
  await waitFor('the client to be gone', async () => {
    await clock.advance(5000);
    return isGone;
  });
  server.close();
});
