import assert from 'node:assert/strict';
import { test } from 'node:test';
import { goValue } from './go-value.ts';
import type { SchemaRef } from './schema.ts';

const resource = (struct: string): SchemaRef => ({ groupVersion: 'resource/v1', struct });
const rows: readonly (readonly [string, SchemaRef, object, string])[] = [
  [
    'embedded structs have no name, lists and pointers may be null',
    resource('ResourceClaimTemplateSpec'),
    { metadata: { labels: { a: 'b' } }, spec: { devices: { config: [{ opaque: { driver: 'd', parameters: { x: 1 } } }] } } },
    '{"labels":{"a":"b"},"Spec":{"Devices":{"Requests":null,"Constraints":null,"Config":[{"Requests":null,"Opaque":{"Driver":"d","Parameters":{"x":1}}}]}}}',
  ],
  [
    'what is not there is zero',
    resource('DeviceRequest'),
    { name: 'a', exactly: { deviceClassName: 'c', selectors: [{ cel: { expression: 'true' } }] } },
    '{"Name":"a","Exactly":{"DeviceClassName":"c","Selectors":[{"CEL":{"Expression":"true"}}],"AllocationMode":"","Count":0,"AdminAccess":null,"Tolerations":null,"Capacity":null},"FirstAvailable":null}',
  ],
  [
    'structs of meta/v1 keep their names',
    { groupVersion: 'policy/v1', struct: 'PodDisruptionBudgetSpec' },
    { minAvailable: 1, selector: { matchLabels: { a: 'b' } } },
    '{"MinAvailable":1,"Selector":{"matchLabels":{"a":"b"}},"MaxUnavailable":null,"UnhealthyPodEvictionPolicy":null}',
  ],
  [
    'a Pod shares its node by its security context',
    { groupVersion: 'core/v1', struct: 'PodSpec' },
    { hostNetwork: true, serviceAccount: 'a', securityContext: { fsGroup: 1, seLinuxOptions: { user: 'u' } }, nodeSelector: { b: '1', a: '2' } },
    '{"Volumes":null,"InitContainers":null,"Containers":null,"EphemeralContainers":null,"RestartPolicy":"","TerminationGracePeriodSeconds":null,"ActiveDeadlineSeconds":null,"DNSPolicy":"","NodeSelector":{"a":"2","b":"1"},"ServiceAccountName":"","AutomountServiceAccountToken":null,"NodeName":"","SecurityContext":{"HostNetwork":true,"HostPID":false,"HostIPC":false,"ShareProcessNamespace":null,"HostUsers":null,"SELinuxOptions":{"User":"u","Role":"","Type":"","Level":""},"WindowsOptions":null,"RunAsUser":null,"RunAsGroup":null,"RunAsNonRoot":null,"SupplementalGroups":null,"SupplementalGroupsPolicy":null,"FSGroup":1,"Sysctls":null,"FSGroupChangePolicy":null,"SeccompProfile":null,"AppArmorProfile":null,"SELinuxChangePolicy":null},"ImagePullSecrets":null,"Hostname":"","Subdomain":"","Affinity":null,"SchedulerName":"","Tolerations":null,"HostAliases":null,"PriorityClassName":"","Priority":null,"DNSConfig":null,"ReadinessGates":null,"RuntimeClassName":null,"EnableServiceLinks":null,"PreemptionPolicy":null,"Overhead":null,"TopologySpreadConstraints":null,"SetHostnameAsFQDN":null,"OS":null,"SchedulingGates":null,"ResourceClaims":null,"Resources":null,"HostnameOverride":null,"SchedulingGroup":null}',
  ],
];
for (const [name, ref, value, expected] of rows) void test(name, () => assert.equal(JSON.stringify(goValue(ref, value)), expected));
