import { serviceAccounts } from '#api';
import type { Container, Pod, PodSpec, ServiceAccount, Volume } from '#api/types/core-v1';
import type { Clock, Random } from '#lib';
import { podReferences } from '../authz/pod-references.ts';
import type { AdmissionPlugin, AdmissionRequest, ObjectReader } from '../contract.ts';
import { isFor, refuse } from './refuse.ts';

const MOUNT_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';
const VOLUME_PREFIX = 'kube-api-access-';
const MIRROR = 'kubernetes.io/config.mirror';
/** An hour, and a little, so that such tokens can be told from those asked for with exactly an hour. */
const TOKEN_SECONDS = 3607;
/** A new namespace gets its default account in a moment; Pods made right after the namespace wait this long for it. */
const DEFAULT_ACCOUNT_WAIT_MS = 2000;

export interface ServiceAccountPluginOptions {
  readonly reader: ObjectReader;
  readonly clock: Clock;
  readonly random: Random;
}

/** Gives every Pod a service account, its token and its pull secrets; follows plugin/pkg/admission/serviceaccount/admission.go. */
export function createServiceAccountPlugin(options: ServiceAccountPluginOptions): AdmissionPlugin {
  const { reader, random } = options;
  const validate = (request: AdmissionRequest): void => {
    if (isDebugging(request)) return validateEphemeral(request, reader);
    if (!isFor(request, 'pods') || request.operation !== 'CREATE' || !request.object) return;
    const pod = request.object as Pod;
    if (pod.metadata.annotations?.[MIRROR] !== undefined) return validateMirror(request, pod);
    const name = pod.spec.serviceAccountName;
    if (!name) throw refuse(request, `no service account specified for pod ${request.namespace}/${pod.metadata.name ?? ''}`);
    const account = reader.get(serviceAccounts, { namespace: request.namespace, name });
    if (!account) throw missingAccount(request, name);
    if (!enforcesMountableSecrets(account)) return;
    const problem = unmountableSecret(pod.spec, account);
    if (problem) throw refuse(request, problem);
  };
  return {
    name: 'ServiceAccount',
    admit(request) {
      // Changes are judged, once it is known what they come to, and nothing is put in.
      if (!isFor(request, 'pods') || request.operation !== 'CREATE' || !request.object) return;
      const pod = request.object as Pod;
      // A kubelet deletes a mirror pod whose spec is not exactly the one it sent.
      if (pod.metadata.annotations?.[MIRROR] !== undefined) return validate(request);
      const name = (pod.spec.serviceAccountName ||= 'default');
      const fill = (account: ServiceAccount | undefined): void => {
        if (!account) throw missingAccount(request, name);
        if (pod.spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true) mountToken(pod.spec, random);
        if (!pod.spec.imagePullSecrets?.length && account.imagePullSecrets?.length) {
          pod.spec.imagePullSecrets = account.imagePullSecrets.map((secret) => ({ ...secret }));
        }
        validate(request);
      };
      const account = reader.get(serviceAccounts, { namespace: request.namespace, name });
      return account ? fill(account) : awaitAccount(options, request.namespace, name).then(fill);
    },
    validate,
  };
}

function missingAccount(request: AdmissionRequest, name: string) {
  return refuse(request, `error looking up service account ${request.namespace}/${name}: serviceaccount ${JSON.stringify(name)} not found`);
}

/** Whether containers for debugging are put into a Pod. */
function isDebugging({ resource, operation, subresource }: AdmissionRequest): boolean {
  return subresource === 'ephemeralcontainers' && operation === 'UPDATE' && resource.group === '' && resource.plural === 'pods';
}
function validateEphemeral(request: AdmissionRequest, reader: ObjectReader): void {
  const { serviceAccountName: name = '', ephemeralContainers } = (request.object as Pod).spec;
  const account = reader.get(serviceAccounts, { namespace: request.namespace, name });
  if (!account) throw missingAccount(request, name);
  const problem = enforcesMountableSecrets(account) ? unmountableSecret({ containers: [], ephemeralContainers }, account) : undefined;
  if (problem) throw refuse(request, problem);
}
function enforcesMountableSecrets({ metadata }: ServiceAccount): boolean {
  return metadata.annotations?.['kubernetes.io/enforce-mountable-secrets'] === 'true';
}

/** The account when it was made a moment ago, or is about to be. */
async function awaitAccount({ reader, clock }: ServiceAccountPluginOptions, namespace: string, name: string): Promise<ServiceAccount | undefined> {
  const find = () => reader.get(serviceAccounts, { namespace, name });
  await reader.settled(serviceAccounts);
  if (name !== 'default' || find()) return find();
  return new Promise((resolve) => {
    const finish = () => {
      stopWatching();
      timer.cancel();
      resolve(find());
    };
    const timer = clock.setTimer(DEFAULT_ACCOUNT_WAIT_MS, finish);
    const stopWatching = reader.onChange(serviceAccounts, ({ metadata }) => {
      if (metadata.namespace === namespace && metadata.name === name) finish();
    });
  });
}

function mountToken(spec: PodSpec, random: Random): void {
  const existing = spec.volumes?.find((volume) => volume.projected && volume.name.startsWith(VOLUME_PREFIX));
  const name = existing?.name ?? VOLUME_PREFIX + random.nameSuffix(5);
  let isNeeded = false;
  for (const container of [...(spec.initContainers ?? []), ...(spec.containers ?? [])]) {
    if (container.volumeMounts?.some((mount) => mount.mountPath === MOUNT_PATH)) continue;
    container.volumeMounts = [...(container.volumeMounts ?? []), { name, readOnly: true, mountPath: MOUNT_PATH }];
    isNeeded = true;
  }
  if (isNeeded && !existing) spec.volumes = [...(spec.volumes ?? []), tokenVolume(name)];
}

function tokenVolume(name: string): Volume {
  return {
    name,
    projected: {
      sources: [
        { serviceAccountToken: { expirationSeconds: TOKEN_SECONDS, path: 'token' } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        { downwardAPI: { items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }] } },
      ],
      defaultMode: 0o644,
    },
  };
}

function validateMirror(request: AdmissionRequest, pod: Pod): void {
  if (pod.spec.serviceAccountName) throw refuse(request, 'a mirror pod may not reference service accounts');
  if (podReferences(pod).secret.length > 0) throw refuse(request, 'a mirror pod may not reference secrets');
  const hasToken = pod.spec.volumes?.some((volume) => volume.projected?.sources?.some((source) => source.serviceAccountToken));
  if (hasToken) throw refuse(request, 'a mirror pod may not use ServiceAccountToken volume projections');
}

/** The first secret that an account with enforced mountable secrets does not list. */
function unmountableSecret(spec: PodSpec, account: ServiceAccount): string | undefined {
  const allowed = new Set(account.secrets?.map((secret) => secret.name));
  const because = (kind: string) => `is not allowed because service account ${account.metadata.name} does not reference that ${kind}`;
  for (const volume of spec.volumes ?? []) {
    const name = volume.secret?.secretName;
    if (volume.secret && !allowed.has(name)) return `volume with secret.secretName="${name ?? ''}" ${because('secret')}`;
  }
  const groups: [string, readonly Pick<Container, 'name' | 'env' | 'envFrom'>[]][] = [
    ['init container', spec.initContainers ?? []],
    ['container', spec.containers ?? []],
    ['ephemeral container', spec.ephemeralContainers ?? []],
  ];
  for (const [kind, containers] of groups) {
    for (const container of containers) {
      for (const { name: variable, valueFrom } of container.env ?? []) {
        const name = valueFrom?.secretKeyRef?.name;
        if (name !== undefined && !allowed.has(name)) {
          return `${kind} ${container.name} with envVar ${variable} referencing secret.secretName="${name}" ${because('secret')}`;
        }
      }
      for (const { secretRef } of container.envFrom ?? []) {
        if (secretRef && !allowed.has(secretRef.name)) {
          return `${kind} ${container.name} with envFrom referencing secret.secretName="${secretRef.name ?? ''}" ${because('secret')}`;
        }
      }
    }
  }
  const pullSecrets = new Set(account.imagePullSecrets?.map((secret) => secret.name));
  const at = (spec.imagePullSecrets ?? []).findIndex((secret) => !pullSecrets.has(secret.name));
  return at < 0 ? undefined : `imagePullSecrets[${at}].name="${spec.imagePullSecrets?.[at]?.name ?? ''}" ${because('imagePullSecret')}`;
}
