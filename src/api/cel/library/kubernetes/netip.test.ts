import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseNetip } from './netip.ts';

/** What Go's netip says of texts that are no addresses. */
const FAULTS: Readonly<Record<string, string>> = {
  x: 'unable to parse IP',
  '': 'unable to parse IP',
  '1.2.3': 'IPv4 address too short',
  '1.2.3.4.5': 'IPv4 address too long',
  '1..2.3': 'IPv4 field must have at least one digit (at ".2.3")',
  '1.2.3.': 'IPv4 field must have at least one digit (at ".")',
  '01.2.3.4': 'IPv4 field has octet with leading zero',
  '256.2.3.4': 'IPv4 field has value >255',
  '1.2.3.a': 'unexpected character (at "a")',
  '%eth0': 'missing IPv6 address',
  'fe80::1%': 'zone must be a non-empty string',
  '1::2::3': 'multiple :: in address (at ":3")',
  '1:2:3:4:5:6:7:8:9': 'trailing garbage after address (at "9")',
  '::1:2:3:4:5:6:7:8': 'the :: must expand to at least one field of zeros',
  '1:2:3': 'address string too short',
  '12345::': 'each group must have 4 or fewer digits (at "12345::")',
  '1:': 'colon must be followed by more characters (at ":")',
  '::g': 'each colon-separated field must have at least one digit (at "g")',
  '1::2g': 'unexpected character, want colon (at "g")',
  '1:2.3.4.5': 'embedded IPv4 address must replace the final 2 fields of the address (at "2.3.4.5")',
  '::1:2:3:4:5:6:7:1.2.3.4': 'too many hex fields to fit an embedded IPv4 at the end of the address (at "1.2.3.4")',
  '::1.2.3': 'IPv4 address too short',
};

describe('addresses that are none', () => {
  for (const [text, fault] of Object.entries(FAULTS))
    test(text, () => assert.deepEqual(parseNetip(text), { fault: `ParseAddr(${JSON.stringify(text)}): ${fault}` }));
});

test('addresses', () => {
  const bytes = (text: string): string => {
    const parsed = parseNetip(text);
    return 'bytes' in parsed ? `${Buffer.from(parsed.bytes).toString('hex')}${parsed.zone}` : parsed.fault;
  };
  assert.equal(bytes('10.0.255.1'), '0a00ff01');
  assert.equal(bytes('::'), '0'.repeat(32));
  assert.equal(bytes('2001:DB8::68'), '20010db8000000000000000000000068');
  assert.equal(bytes('::ffff:1.2.3.4'), '00000000000000000000ffff01020304');
  assert.equal(bytes('1:2:3:4:5:6:7::'), '00010002000300040005000600070000');
  assert.equal(bytes('fe80::1%eth0'), 'fe800000000000000000000000000001eth0');
});
