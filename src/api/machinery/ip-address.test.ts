import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatFieldError } from './field-error.ts';
import {
  cidrHas,
  cidrWarnings,
  formatIp,
  ipWarnings,
  parseCidr,
  parseIp,
  validateCidr,
  validateIp,
  validateLegacyCidr,
  validateLegacyIp,
} from './ip-address.ts';

void describe('addresses', () => {
  const canonical: [string, string | undefined][] = [
    ['10.0.0.1', '10.0.0.1'],
    ['010.000.0.1', '10.0.0.1'],
    ['256.0.0.1', undefined],
    ['1.2.3', undefined],
    ['', undefined],
    ['::', '::'],
    ['::1', '::1'],
    ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['fe80::0abc', 'fe80::abc'],
    ['1:0:0:0:1:0:0:0', '1::1:0:0:0'],
    ['::ffff:1.2.3.4', '1.2.3.4'],
    ['64:ff9b::1.2.3.4', '64:ff9b::102:304'],
    ['fe80::1%eth0', undefined],
  ];
  for (const [text, expected] of canonical) {
    test(`${text} is ${expected}`, () => {
      const ip = parseIp(text);
      assert.equal(ip && formatIp(ip), expected);
    });
  }
  test('a network holds addresses of its family only', () => {
    const has = (cidr: string, ip: string) => cidrHas(parseCidr(cidr) as never, parseIp(ip) as never);
    assert.deepEqual(
      [has('10.0.0.0/8', '10.255.0.1'), has('10.0.0.0/8', '11.0.0.1'), has('::/0', '10.0.0.1'), has('fd00::/8', 'fd12::1')],
      [true, false, false, true],
    );
  });
});

void describe('validation', () => {
  const cases: [(path: string, value: string) => { field: string; message: string }[], string, string | undefined][] = [
    [validateIp as never, '10.0.0.1', undefined],
    [validateIp as never, 'x', 'p: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'],
    [validateIp as never, '10.0.0.01', 'p: Invalid value: "10.0.0.01": must not have leading 0s'],
    [validateIp as never, '::ffff:1.2.3.4', 'p: Invalid value: "::ffff:1.2.3.4": must not be an IPv4-mapped IPv6 address'],
    [validateIp as never, 'FD00::1', 'p: Invalid value: "FD00::1": must be in canonical form ("fd00::1")'],
    [validateLegacyIp as never, 'FD00::1', undefined],
    [validateLegacyCidr as never, 'FD00::/8', undefined],
    [validateCidr as never, 'FD00::/8', 'p: Invalid value: "FD00::/8": must be in canonical form ("fd00::/8")'],
    [validateCidr as never, '10.0.0.0', 'p: Invalid value: "10.0.0.0": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'],
    [validateCidr as never, '10.0.0.0/33', 'p: Invalid value: "10.0.0.0/33": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'],
    [validateCidr as never, '10.0.0.0/08', 'p: Invalid value: "10.0.0.0/08": must not have leading 0s in IP or prefix length'],
    [validateCidr as never, '10.0.0.1/8', 'p: Invalid value: "10.0.0.1/8": must not have bits set beyond the prefix length'],
    [validateCidr as never, '::ffff:10.0.0.0/104', 'p: Invalid value: "::ffff:10.0.0.0/104": must not have an IPv4-mapped IPv6 address'],
  ];
  for (const [validate, value, expected] of cases) {
    test(`${validate.name} ${value}`, () =>
      assert.deepEqual(
        validate('p', value).map((error) => formatFieldError(error as never)),
        expected ? [expected] : [],
      ));
  }
  test('values that stood there before are not judged again', () => assert.deepEqual(validateLegacyCidr('p', '10.0.0.1/8', ['10.0.0.1/8']), []));
});

test('warnings', () => {
  assert.deepEqual(ipWarnings('p', '10.0.0.01'), [
    'p: non-standard IP address "10.0.0.01" will be considered invalid in a future Kubernetes release: use "10.0.0.1"',
  ]);
  assert.deepEqual(ipWarnings('p', 'FD00::1'), ['p: IPv6 address "FD00::1" should be in RFC 5952 canonical format ("fd00::1")']);
  assert.deepEqual(ipWarnings('p', '10.0.0.1'), []);
  assert.deepEqual(cidrWarnings('p', '10.0.0.1/8'), ['p: CIDR value "10.0.0.1/8" is ambiguous in this context (should be "10.0.0.0/8" or "10.0.0.1/32"?)']);
  assert.deepEqual(cidrWarnings('p', '10.0.0.0/08'), [
    'p: non-standard CIDR value "10.0.0.0/08" will be considered invalid in a future Kubernetes release: use "10.0.0.0/8"',
  ]);
  assert.deepEqual(cidrWarnings('p', 'FD00::/8'), ['p: IPv6 CIDR value "FD00::/8" should be in RFC 5952 canonical format ("fd00::/8")']);
});
