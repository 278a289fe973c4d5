import {
  type Amounts,
  addAmounts,
  amountsOf,
  isInScopes,
  type KubeObject,
  maskAmounts,
  quotaUsage,
  type ResourceDefinition,
  type ResourceType,
  resourceListOf,
  scopeRequirements,
} from '#api';
import type { ResourceList, ResourceQuota } from '#api/types/core-v1';
import type { ObjectReader } from '../../contract.ts';
import { type ChargeRequest, usageChange } from './plan-charge.ts';

/** A write that quotas were charged for, while the caches do not show it yet. */
export interface LedgerEntry {
  readonly resource: ResourceDefinition;
  readonly request: ChargeRequest;
  /** What each quota was charged, by the quota's uid. */
  readonly charges: ReadonlyMap<string, Amounts>;
}

/** What counting needs to know of the server. */
export interface CountingOptions {
  readonly reader: ObjectReader;
  /** Whether there is such a kind. */
  readonly isServed: (type: ResourceType) => boolean;
}

/**
 * The charges whose objects are on their way. Counting adds them to what the caches show, so that a count made in between is exact:
 * `used = what is stored + what is on its way` at every moment.
 */
export class ChargeLedger {
  readonly #options: CountingOptions;
  readonly #byNamespace = new Map<string, Set<LedgerEntry>>();

  constructor(options: CountingOptions) {
    this.#options = options;
  }

  add(namespace: string, entry: LedgerEntry): void {
    const entries = this.#byNamespace.get(namespace) ?? new Set();
    this.#byNamespace.set(namespace, entries.add(entry));
  }
  remove(namespace: string, entry: LedgerEntry): void {
    const entries = this.#byNamespace.get(namespace);
    entries?.delete(entry);
    if (entries?.size === 0) this.#byNamespace.delete(namespace);
  }

  /** What of a quota is used now. Resources that nothing is known of keep the value they have. */
  count(quota: ResourceQuota, nowMs: number): ResourceList {
    const { reader, isServed } = this.#options;
    const namespace = quota.metadata.namespace ?? '';
    const stored = quotaUsage(quota.spec, {
      nowMs,
      objectsOf(evaluator) {
        const type = typeOf(evaluator);
        return isServed(type) ? reader.list(type, namespace) : undefined;
      },
    });
    let used = stored;
    for (const entry of this.#byNamespace.get(namespace) ?? []) {
      if (!this.#isVisible(entry)) used = addAmounts(used, this.#share(entry, quota, stored));
    }
    const known = maskAmounts(amountsOf(quota.status?.used), Object.keys(quota.spec?.hard ?? {}));
    return resourceListOf(new Map([...known, ...used]));
  }

  #share({ request }: LedgerEntry, { spec }: ResourceQuota, counted: Amounts): Amounts {
    const { evaluator, write } = request;
    if (!isInScopes(evaluator, scopeRequirements(spec), write.object)) return new Map();
    return maskAmounts(usageChange(request), evaluator.matchingResources([...counted.keys()]));
  }

  /** Whether the caches show the write, or a later one. */
  #isVisible({ resource, request: { write } }: LedgerEntry): boolean {
    const { namespace, name = '', uid } = write.object.metadata;
    const found = this.#options.reader.get(resource, { namespace, name });
    if (write.operation === 'CREATE') return found !== undefined && found.metadata.uid === uid;
    return found?.metadata.resourceVersion !== write.oldObject?.metadata.resourceVersion;
  }
}

function typeOf({ group, plural }: { group: string; plural: string }): ResourceType<KubeObject> {
  return { group, plural, version: '', kind: '', namespaced: true };
}
