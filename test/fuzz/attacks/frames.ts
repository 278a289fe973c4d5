import type { Random } from '#lib';
import { chance, damageBytes, integer, noise, pick } from '../noise.ts';
import type { Attack } from './attack.ts';

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
/** What is no HTTP, or almost. */
export const frames: Attack = {
  name: 'HTTP/2 frames and HTTP/1 text',
  async run(target, random) {
    if (chance(random, 0.3)) return await target.raw('http/1.1', damageBytes(random, Buffer.from(pick(random, H1))));
    const count = 1 + integer(random, 12);
    await target.raw('h2', Buffer.concat([chance(random, 0.95) ? PREFACE : noise(random, 24), ...Array.from({ length: count }, () => frame(random))]));
  },
};
const H1 = [
  'GET /version HTTP/1.1\r\nHost: a\r\n\r\n',
  'POST /api/v1/namespaces HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n',
  'GET /api HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n',
  `GET / HTTP/1.1\r\n${'x: y\r\n'.repeat(300)}\r\n`,
];
function frame(random: Random): Buffer {
  const payload = chance(random, 0.5) ? noise(random, integer(random, 64)) : Buffer.from('8286418aa0e41d139d09b8f01e07', 'hex');
  const header = Buffer.alloc(9);
  header.writeUIntBE(chance(random, 0.9) ? payload.length : integer(random, 0xff_ffff), 0, 3);
  header[3] = integer(random, 12);
  header[4] = integer(random, 256);
  header.writeUInt32BE(chance(random, 0.8) ? integer(random, 8) : integer(random, 0x7fff_ffff), 5);
  return Buffer.concat([header, payload]);
}
