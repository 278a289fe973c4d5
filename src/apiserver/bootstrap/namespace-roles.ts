import { account, type BindingSpec, eventsRule, READ, type RoleSpec, rule, user } from './rule.ts';

// Roles inside system namespaces; plugin/pkg/auth/authorizer/rbac/bootstrappolicy/namespace_policy.go.

const SYSTEM = 'kube-system';
const PUBLIC = 'kube-public';
const PREFIX = 'system:controller:';

function leaderLocking(component: string, isLeaseHolder: boolean): RoleSpec {
  const rules = [rule('watch', 'core', 'configmaps'), rule('get update', 'core', 'configmaps', component)];
  if (isLeaseHolder) rules.push(rule('get watch list create update', 'coordination.k8s.io', 'leases'));
  return { name: `system::leader-locking-${component}`, rules };
}

/** The roles by namespace. */
export function namespaceRoleSpecs(): Readonly<Record<string, readonly RoleSpec[]>> {
  return {
    [SYSTEM]: [
      { name: 'extension-apiserver-authentication-reader', rules: [rule(READ, 'core', 'configmaps', 'extension-apiserver-authentication')] },
      { name: `${PREFIX}bootstrap-signer`, rules: [rule(READ, 'core', 'secrets')] },
      { name: `${PREFIX}cloud-provider`, rules: [rule('create get list watch', 'core', 'configmaps')] },
      { name: `${PREFIX}token-cleaner`, rules: [rule('get list watch delete', 'core', 'secrets'), eventsRule()] },
      leaderLocking('kube-controller-manager', true),
      leaderLocking('kube-scheduler', false),
    ],
    [PUBLIC]: [
      {
        name: `${PREFIX}bootstrap-signer`,
        rules: [rule(READ, 'core', 'configmaps'), rule('update', 'core', 'configmaps', 'cluster-info'), eventsRule()],
      },
    ],
  };
}

/** Their bindings by namespace. */
export function namespaceRoleBindingSpecs(): Readonly<Record<string, readonly BindingSpec[]>> {
  const [controllerManager, scheduler] = [user('system:kube-controller-manager'), user('system:kube-scheduler')];
  return {
    [SYSTEM]: [
      {
        name: 'system::extension-apiserver-authentication-reader',
        role: 'extension-apiserver-authentication-reader',
        subjects: [controllerManager, scheduler],
      },
      {
        name: 'system::leader-locking-kube-controller-manager',
        subjects: [controllerManager, account('kube-controller-manager'), account('leader-election-controller')],
      },
      { name: 'system::leader-locking-kube-scheduler', subjects: [scheduler, account('kube-scheduler')] },
      { name: `${PREFIX}bootstrap-signer`, subjects: [account('bootstrap-signer')] },
      { name: `${PREFIX}cloud-provider`, subjects: [account('cloud-provider')] },
      { name: `${PREFIX}token-cleaner`, subjects: [account('token-cleaner')] },
    ],
    [PUBLIC]: [{ name: `${PREFIX}bootstrap-signer`, subjects: [account('bootstrap-signer')] }],
  };
}
