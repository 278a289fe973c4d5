/** An APIService for every group version that this server serves. Follows kube-aggregator/pkg/controllers/autoregister and crdregistration. */
import { apiServices, isStatus, type KubeObject } from '#api';
import { type Clock, type Log, Reconciler } from '#lib';
import { APISERVER_USER } from '../bootstrap/index.ts';
import type { ObjectReader } from '../contract.ts';
import type { LocalServer } from '../endpoints/local.ts';
import type { Resources } from '../resources.ts';
import { AUTOMANAGED, planApiServices, wantedApiServices } from './api-service-plan.ts';

export interface LocalApiServicesOptions {
  readonly local: LocalServer;
  readonly reader: ObjectReader;
  readonly resources: Resources;
  readonly clock: Clock;
  readonly log: Log;
}

const RETRY_MS = 10_000;

/**
 * Keeps the APIServices of what is served here: those of built-in groups are looked after once, at the start; those of custom kinds always.
 * `start` resolves when they are there.
 */
export class LocalApiServices {
  readonly #options: LocalApiServicesOptions;
  readonly #unsubscribe: (() => void)[] = [];
  readonly #reconciler: Reconciler;
  #isFirst = true;

  constructor(options: LocalApiServicesOptions) {
    this.#options = options;
    const { clock, log } = options;
    const failed = (err: unknown): void => log.warning('Cannot keep the APIServices', { err });
    this.#reconciler = new Reconciler({ reconcile: () => this.#reconcile(), failed, retryMs: RETRY_MS, clock });
  }

  async start(): Promise<void> {
    const { reader, resources } = this.#options;
    await this.#reconciler.trigger();
    this.#unsubscribe.push(resources.onChange(() => void this.#reconciler.trigger()));
    const touched = ({ metadata }: KubeObject): void => {
      if (metadata.labels?.[AUTOMANAGED] === 'true') void this.#reconciler.trigger();
    };
    this.#unsubscribe.push(reader.onChange(apiServices, touched));
  }
  async stop(): Promise<void> {
    for (const end of this.#unsubscribe) end();
    await this.#reconciler.stop();
  }

  async #reconcile(): Promise<void> {
    const { reader, resources } = this.#options;
    await reader.settled(apiServices);
    const plan = planApiServices(wantedApiServices(resources.list), [...reader.list(apiServices)], { isFirst: this.#isFirst });
    // All at once, so that they share commits.
    await Promise.all([
      ...plan.create.map((object) => this.#write(() => this.#create(object))),
      ...plan.update.map((object) => this.#write(() => this.#update(object))),
      ...plan.remove.map((name) => this.#write(() => this.#remove(name))),
    ]);
    this.#isFirst = false;
  }
  async #create(body: KubeObject): Promise<unknown> {
    return await this.#options.local.request({ verb: 'create', resource: apiServices, user: APISERVER_USER, body, options: MANAGER });
  }
  async #update(body: KubeObject): Promise<unknown> {
    const ref = { name: body.metadata.name ?? '' };
    return await this.#options.local.request({ verb: 'update', resource: apiServices, user: APISERVER_USER, ref, body, options: MANAGER });
  }
  async #remove(name: string): Promise<unknown> {
    return await this.#options.local.request({ verb: 'delete', resource: apiServices, user: APISERVER_USER, ref: { name } });
  }
  /** Someone else was first: that change starts this again. */
  async #write(write: () => Promise<unknown>): Promise<void> {
    try {
      await write();
    } catch (error) {
      if (!isStatus(error, 'Conflict', 'AlreadyExists', 'NotFound')) throw error;
    }
  }
}

const MANAGER = { fieldManager: 'kube-apiserver' };
