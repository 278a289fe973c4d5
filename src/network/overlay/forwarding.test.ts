import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allowForwarding } from './forwarding.ts';

/** An iptables that knows a policy and remembers rules. */
function fakeIptables(policy: string, fails = false) {
  const rules: string[] = [];
  const run = (program: string, [, action, ...rule]: readonly string[]) => {
    const text = `${program} ${rule.join(' ')}`;
    const known = rules.includes(text);
    if (action === '-I' && !fails) rules.push(text);
    const code = (action === '-C' && !known) || (action === '-I' && fails) ? 1 : 0;
    return Promise.resolve({ code, stdout: action === '-S' ? `-P FORWARD ${policy}\n` : '', stderr: fails ? 'no right' : '' });
  };
  return { rules, run };
}

test('allowForwarding lets pods through a host that drops what is forwarded, once', async () => {
  const { rules, run } = fakeIptables('DROP');
  await allowForwarding(['10.42.0.0/16', 'fd00::/56'], run);
  await allowForwarding(['10.42.0.0/16', 'fd00::/56'], run);
  assert.deepEqual(
    rules.map((rule) => rule.split(' -m ')[0]),
    ['iptables FORWARD -s 10.42.0.0/16', 'iptables FORWARD -d 10.42.0.0/16', 'ip6tables FORWARD -s fd00::/56', 'ip6tables FORWARD -d fd00::/56'],
  );
});

test('allowForwarding leaves a host alone that forwards, or has no iptables', async () => {
  const { rules, run } = fakeIptables('ACCEPT');
  await allowForwarding(['10.42.0.0/16'], run);
  assert.deepEqual(rules, []);
  await allowForwarding(['10.42.0.0/16'], () => Promise.reject(new Error('Cannot run iptables: it is not installed')));
});

test('allowForwarding says what iptables refused', async () => {
  await assert.rejects(allowForwarding(['10.42.0.0/16'], fakeIptables('DROP', true).run), { message: 'Cannot let pods through iptables: no right' });
});
