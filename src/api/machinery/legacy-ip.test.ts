import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isLegacyCidr, isLegacyIp } from './legacy-ip.ts';

const INVALID_IP = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';
const INVALID_CIDR = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)';

void describe('addresses', () => {
  const cases: [string, string[]][] = [
    ['10.9.8.7', []],
    ['2001:db8::ffff', []],
    ['::', []],
    ['0.0.0.0', []],
    ['010.9.8.7', ['must not have leading 0s']],
    ['10.9.8.007', ['must not have leading 0s']],
    ['2001:0db8::1', []],
    ['::ffff:1.2.3.4', ['must not be an IPv4-mapped IPv6 address']],
    ['::ffff:102:304', ['must not be an IPv4-mapped IPv6 address']],
    ['10.9.8', [INVALID_IP]],
    ['256.1.1.1', [INVALID_IP]],
    ['fe80::1%eth0', [INVALID_IP]],
    ['', [INVALID_IP]],
  ];
  for (const [value, expected] of cases) void test(JSON.stringify(value), () => assert.deepEqual(isLegacyIp(value), expected));
  void test('what is stored may stay', () => assert.deepEqual(isLegacyIp('010.9.8.7', ['010.9.8.7']), []));
});

void describe('ranges', () => {
  const cases: [string, string[]][] = [
    ['10.9.8.0/24', []],
    ['0.0.0.0/0', []],
    ['2001:db8::/64', []],
    ['10.9.8.1/24', ['must not have bits set beyond the prefix length']],
    ['2001:db8::1/64', ['must not have bits set beyond the prefix length']],
    ['010.9.8.0/24', ['must not have leading 0s in IP or prefix length']],
    ['10.9.8.0/024', ['must not have leading 0s in IP or prefix length']],
    ['::ffff:10.0.0.0/104', ['must not have an IPv4-mapped IPv6 address']],
    ['10.9.8.0', [INVALID_CIDR]],
    ['10.9.8.0/33', [INVALID_CIDR]],
    ['10.9.8.0/-1', [INVALID_CIDR]],
    ['x/8', [INVALID_CIDR]],
  ];
  for (const [value, expected] of cases) void test(JSON.stringify(value), () => assert.deepEqual(isLegacyCidr(value), expected));
});
