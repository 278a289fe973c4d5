import { configMaps, isStatus, type KubeObject, type ObjectRef, secrets } from '#api';
import type { ConfigMap } from '#api/types/core-v1';
import type { Clock, Log } from '#lib';
import { APISERVER_USER, type RequestRunner } from '../bootstrap/index.ts';

export const LAST_USED = 'kubernetes.io/legacy-token-last-used';
const TRACKING = { namespace: 'kube-system', name: 'kube-apiserver-legacy-service-account-token-tracking' };
const DATE = /^\d{4}-\d\d-\d\d$/;
const DAY_MS = 86_400_000;

export interface LegacyTokenUseOptions {
  readonly local: RequestRunner;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Tells the days on which tokens in Secrets were last used, in a label of the Secret, and in a ConfigMap since when it does so: whoever tidies up unused
 * ones reads both. Follows pkg/serviceaccount/legacy.go and pkg/controlplane/controller/legacytokentracking.
 */
export class LegacyTokenUse {
  readonly #options: LegacyTokenUseOptions;
  /** Secrets that are being labelled. */
  readonly #busy = new Set<string>();

  constructor(options: LegacyTokenUseOptions) {
    this.#options = options;
  }

  /** Says since when uses are told, unless that is known; throws StatusError. */
  async start(): Promise<void> {
    const { local } = this.#options;
    const data = { since: this.#day(0) };
    const base = { resource: configMaps, user: APISERVER_USER } as const;
    try {
      const found = (await local.request({ ...base, verb: 'get', ref: TRACKING })) as ConfigMap & KubeObject;
      if (DATE.test(found.data?.['since'] ?? '')) return;
      await local.request({ ...base, verb: 'update', ref: TRACKING, body: { ...found, data } as KubeObject });
    } catch (error) {
      if (!isStatus(error, 'NotFound')) throw error;
      const body: ConfigMap & KubeObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { ...TRACKING }, data };
      await local.request({ ...base, verb: 'create', namespace: TRACKING.namespace, body });
    }
  }

  /** Labels the Secret with this day, once a day; never throws, and nobody waits for it. */
  note({ metadata }: KubeObject): void {
    const { namespace = '', name = '', uid, labels } = metadata;
    const lastUsed = labels?.[LAST_USED];
    // Servers' clocks differ: the next day is as good.
    if (lastUsed === this.#day(0) || lastUsed === this.#day(1)) return;
    const key = `${namespace}/${name}`;
    if (this.#busy.has(key)) return;
    this.#busy.add(key);
    void this.#label({ namespace, name }, uid).finally(() => this.#busy.delete(key));
  }

  async #label(ref: ObjectRef, uid: string | undefined): Promise<void> {
    const { local, log } = this.#options;
    const body = { metadata: { uid: uid ?? null, labels: { [LAST_USED]: this.#day(0) } } };
    try {
      await local.request({ verb: 'patch', resource: secrets, user: APISERVER_USER, ref, body, options: { type: 'merge' } });
    } catch (err) {
      log.warning('Cannot tell when a service account token was last used', { namespace: ref.namespace, secret: ref.name, err });
    }
  }

  #day(later: number): string {
    return new Date(this.#options.clock.now() + later * DAY_MS).toISOString().slice(0, 10);
  }
}
