import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clusterRoles } from '#api';
import type { ClusterRole, PolicyRule } from '#api/types/rbac-v1';
import { startTestCluster } from '../testing/test-cluster.ts';
import { planRules } from './plan.ts';

function role(name: string, labels: Record<string, string>, ...rules: PolicyRule[]): ClusterRole {
  return { metadata: { name, labels }, rules };
}
function rule(resource: string): PolicyRule {
  return { verbs: ['get'], apiGroups: [''], resources: [resource] };
}

test('the rules of an aggregated role: those of each selector, by name, each once', () => {
  const aggregated: ClusterRole = {
    ...role('sum', { part: 'a' }, rule('own')),
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: { part: 'b' } }, { matchExpressions: [{ key: 'part', operator: 'Exists' }] }] },
  };
  const all = [
    aggregated,
    role('z', { part: 'a' }, rule('z')),
    role('b2', { part: 'b' }, rule('x'), rule('y')),
    role('b1', { part: 'b' }, rule('y')),
    role('c', {}, rule('c')),
  ];
  const rules = planRules(aggregated, all);
  assert.deepEqual(rules, [rule('y'), rule('x'), rule('z')]);
  assert.equal(planRules({ ...aggregated, rules: rules ?? [] }, all), undefined);
});

test('aggregated roles follow their parts', async () => {
  await using cluster = await startTestCluster();
  const { client } = cluster;
  const resources = async (name: string): Promise<string[]> => (await cluster.get(clusterRoles, name)).rules?.flatMap((each) => each.resources ?? []) ?? [];
  const eventually = (name: string, ...wanted: string[]) =>
    cluster.eventually(
      `${name} to have ${wanted.join()}`,
      () => resources(name),
      (found) => found.join() === wanted.join(),
    );
  const selects = (part: string) => ({ aggregationRule: { clusterRoleSelectors: [{ matchLabels: { part } }] } });
  await client.create(clusterRoles, { ...role('sum', {}), ...selects('a') });
  // One that is itself put together, and is a part of the other.
  await client.create(clusterRoles, { ...role('middle', { part: 'a' }), ...selects('b') });
  await client.create(clusterRoles, role('part', { part: 'b' }, rule('pods')));
  await eventually('sum', 'pods');
  await client.create(clusterRoles, role('another', { part: 'a' }, rule('secrets')));
  await eventually('sum', 'secrets', 'pods');
  await client.delete(clusterRoles, { name: 'part' });
  await eventually('sum', 'secrets');
  const sum = await cluster.get(clusterRoles, 'sum');
  const own = sum.metadata.managedFields?.find(({ manager }) => manager === 'clusterrole-aggregation-controller');
  assert.equal(own?.operation, 'Apply');
  // A custom resource's author adds to what everybody may do.
  await client.create(clusterRoles, role('widgets-view', { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' }, rule('widgets')));
  for (const name of ['view', 'edit', 'admin']) {
    await cluster.eventually(
      `${name} to know widgets`,
      () => resources(name),
      (found) => found.includes('widgets'),
    );
  }
});
