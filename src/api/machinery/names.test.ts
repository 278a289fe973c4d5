import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  isCidr,
  isCIdentifier,
  isConfigMapKey,
  isDns1035Label,
  isDns1123Label,
  isDns1123Subdomain,
  isEnvVarName,
  isHttpHeaderName,
  isIpAddress,
  isLabelValue,
  isPathSegmentName,
  isPortName,
  isPortNumber,
  isQualifiedName,
  isRelaxedEnvVarName,
  isWildcardDns1123Subdomain,
  nameIsDnsSubdomain,
} from './names.ts';

const rules: Readonly<Record<string, { check: (value: string) => string[]; right: string[]; wrong: string[] }>> = {
  isDns1123Label: { check: isDns1123Label, right: ['a', 'a-1', '1a', 'a'.repeat(63)], wrong: ['', 'A', '-a', 'a-', 'a.b', 'a_b', 'é', 'a\n', 'a'.repeat(64)] },
  isDns1123Subdomain: { check: isDns1123Subdomain, right: ['a', 'a.b-c.d', 'a'.repeat(253)], wrong: ['', '.', 'a..b', 'a.', 'A.b', 'a'.repeat(254)] },
  isWildcardDns1123Subdomain: { check: isWildcardDns1123Subdomain, right: ['*.a.b'], wrong: ['*', 'a.b', '*a.b', '*.'] },
  isDns1035Label: { check: isDns1035Label, right: ['a', 'a-1'], wrong: ['', '1a', 'a.b', 'a-'] },
  isQualifiedName: { check: isQualifiedName, right: ['a', 'A.b_c-d', 'x.y/Z'], wrong: ['', '/a', 'a/', 'a/b/c', 'A.b/c', '-a', 'a'.repeat(64)] },
  isLabelValue: { check: isLabelValue, right: ['', 'a', 'A_b.c-9'], wrong: ['-', 'a-', 'a b', 'a'.repeat(64)] },
  isCIdentifier: { check: isCIdentifier, right: ['_a', 'A1'], wrong: ['', '1a', 'a-b', 'a.b'] },
  isEnvVarName: { check: isEnvVarName, right: ['A', '_a.b-c'], wrong: ['', '1A', 'a=b', '..a', '.', '..'] },
  isRelaxedEnvVarName: { check: isRelaxedEnvVarName, right: ['A', '1 x', '-', '~!'], wrong: ['', 'a=b', 'a\tb', 'é'] },
  isConfigMapKey: { check: isConfigMapKey, right: ['a', '.a', 'A_b-c.d'], wrong: ['', '.', '..', '..a', 'a/b', 'a'.repeat(254)] },
  isPortName: { check: isPortName, right: ['http', '8a'], wrong: ['', '80', 'a--b', '-a', 'a-', 'A', 'a'.repeat(16)] },
  isPathSegmentName: { check: isPathSegmentName, right: ['a:b', 'A b'], wrong: ['.', '..', 'a/b', 'a%b'] },
  isHttpHeaderName: { check: isHttpHeaderName, right: ['X-A'], wrong: ['', 'a b', 'a_b'] },
  isIpAddress: { check: isIpAddress, right: ['1.2.3.4', '::1', '2001:db8::ffff'], wrong: ['', '1.2.3', '1.2.3.4/8', 'fe80::1%eth0'] },
  isCidr: { check: isCidr, right: ['10.0.0.0/8', '::/0'], wrong: ['', '10.0.0.0', '10.0.0.0/33', '10.0.0.0/08', '::/129', '/8'] },
};

for (const [name, { check, right, wrong }] of Object.entries(rules)) {
  test(`${name} tells right from wrong`, () => {
    for (const value of right) assert.deepEqual(check(value), [], JSON.stringify(value));
    for (const value of wrong) assert.notDeepEqual(check(value), [], JSON.stringify(value));
  });
}

test('messages are upstream’s', () => {
  assert.deepEqual(isDns1123Subdomain('A'), [
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
  ]);
  assert.deepEqual(isDns1123Label('A'), [
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
  ]);
  assert.deepEqual(isQualifiedName('a b/c'), [
    "prefix part a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
  ]);
  assert.deepEqual(isPortNumber(0), ['must be between 1 and 65535, inclusive']);
});

test('a generateName may end with a dash', () => {
  assert.deepEqual(nameIsDnsSubdomain('web-', true), []);
  assert.notDeepEqual(nameIsDnsSubdomain('web-', false), []);
  assert.notDeepEqual(nameIsDnsSubdomain('Web-', true), []);
});
