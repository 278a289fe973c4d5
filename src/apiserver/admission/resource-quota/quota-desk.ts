import {
  type Amounts,
  addAmounts,
  equalAmounts,
  isStatus,
  type KubeObject,
  maskAmounts,
  type ResourceDefinition,
  resourceListOf,
  resourceQuotas,
  subtractAmounts,
} from '#api';
import type { ResourceList, ResourceQuota } from '#api/types/core-v1';
import type { ObjectReader } from '../../contract.ts';
import type { ChargeLedger, LedgerEntry } from './charge-ledger.ts';
import { type ChargeRequest, planCharge, type QuotaState, quotaStateOf } from './plan-charge.ts';

type Quota = ResourceQuota & KubeObject;

export interface QuotaDeskOptions {
  readonly reader: ObjectReader;
  readonly ledger: ChargeLedger;
  /** Stores a quota's new status; throws Conflict when the quota is not as it was, NotFound when it is gone. */
  readonly updateStatus: (quota: Quota) => Promise<Quota>;
}

/** What is to be paid for. */
export interface ChargeOrder {
  readonly resource: ResourceDefinition;
  readonly request: ChargeRequest;
  readonly isDryRun: boolean;
}
/** One write that waits for its turn. */
interface Order extends ChargeOrder {
  readonly settle: (outcome: ChargeOutcome) => void;
  /** What is charged so far, by the quota's uid. */
  readonly charges: Map<string, Amounts>;
  refusal?: string | undefined;
}
/** `entry`: the charge is in the ledger; undefined where no quota counts the write. */
export type ChargeOutcome = { readonly entry: LedgerEntry | undefined } | { readonly refusal: string } | { readonly error: unknown };

type Task = { readonly order: Order } | { readonly refund: LedgerEntry } | { readonly run: () => void };

/** Lost races with other servers, and with the controller that counts anew. */
const MAX_ATTEMPTS = 10;

/**
 * Charges the quotas of a namespace: one pass at a time per namespace, which takes all writes that wait by then and stores each quota once.
 * A quota that changed meanwhile is read again, and what it is charged is decided again.
 */
export class QuotaDesk {
  readonly #options: QuotaDeskOptions;
  /** Tasks waiting, by namespace; present while a pass runs there. */
  readonly #waiting = new Map<string, Task[]>();
  /** Quotas as this desk stored them, by uid, until the cache shows them. */
  readonly #stored = new Map<string, Quota>();

  constructor(options: QuotaDeskOptions) {
    this.#options = options;
  }

  /** Charges all quotas that count the write, or none. */
  charge(namespace: string, order: ChargeOrder): Promise<ChargeOutcome> {
    return new Promise((settle) => this.#enqueue(namespace, { order: { ...order, settle, charges: new Map() } }));
  }
  /** Gives back what a write was charged that did not happen. */
  refund(namespace: string, entry: LedgerEntry): void {
    this.#enqueue(namespace, { refund: entry });
  }
  /** What of the quota is used, counted while no charge is under way. */
  count(quota: Quota, nowMs: number): Promise<ResourceList> {
    return new Promise((resolve, reject) => {
      const run = (): void => {
        try {
          resolve(this.#options.ledger.count(quota, nowMs));
        } catch (error) {
          reject(error);
        }
      };
      this.#enqueue(quota.metadata.namespace ?? '', { run });
    });
  }

  #enqueue(namespace: string, task: Task): void {
    const waiting = this.#waiting.get(namespace);
    if (waiting) {
      waiting.push(task);
      return;
    }
    this.#waiting.set(namespace, [task]);
    void this.#work(namespace);
  }

  async #work(namespace: string): Promise<void> {
    for (;;) {
      const tasks = this.#waiting.get(namespace) ?? [];
      if (tasks.length === 0) {
        this.#waiting.delete(namespace);
        return;
      }
      this.#waiting.set(namespace, []);
      await this.#pass(namespace, tasks);
    }
  }

  /** Never throws: every order learns how it went. */
  async #pass(namespace: string, tasks: readonly Task[]): Promise<void> {
    const orders = tasks.flatMap((task) => ('order' in task ? [task.order] : []));
    const refunds = tasks.flatMap((task) => ('refund' in task ? [task.refund] : []));
    try {
      const states = this.#quotasIn(namespace).map(quotaStateOf);
      for (const entry of refunds) this.#giveBack(namespace, states, entry);
      for (const order of orders) this.#decide(states, order);
      await this.#store(namespace, states, orders, refunds);
      for (const order of orders) order.settle(order.refusal === undefined ? { entry: this.#book(namespace, order) } : { refusal: order.refusal });
    } catch (error) {
      for (const order of orders) order.settle({ error });
    }
    for (const task of tasks) if ('run' in task) task.run();
  }

  #book(namespace: string, { resource, request, charges }: Order): LedgerEntry | undefined {
    if (charges.size === 0) return undefined;
    const entry = { resource, request, charges };
    this.#options.ledger.add(namespace, entry);
    return entry;
  }

  /** The namespace's quotas as new as is known here. */
  #quotasIn(namespace: string): Quota[] {
    return Array.from(this.#options.reader.list(resourceQuotas, namespace), (cached) => {
      const uid = cached.metadata.uid ?? '';
      const own = this.#stored.get(uid);
      if (own && Number(own.metadata.resourceVersion) > Number(cached.metadata.resourceVersion)) return own;
      this.#stored.delete(uid);
      return cached as Quota;
    });
  }

  #decide(states: readonly QuotaState[], order: Order): void {
    if (order.refusal !== undefined) return;
    const plan = planCharge(states, order.request);
    if ('refusal' in plan) {
      order.refusal = plan.refusal;
      return;
    }
    if (order.isDryRun) return;
    for (const [state, charge] of plan.charges) {
      state.used = addAmounts(state.used, charge);
      order.charges.set(uidOf(state), charge);
    }
  }

  #giveBack(namespace: string, states: readonly QuotaState[], entry: LedgerEntry): void {
    this.#options.ledger.remove(namespace, entry);
    for (const state of states) this.#takeOff(state, entry.charges.get(uidOf(state)));
  }
  #takeOff(state: QuotaState, charge: Amounts | undefined): void {
    if (charge) state.used = new Map([...state.used, ...subtractAmounts(maskAmounts(state.used, charge.keys()), charge)]);
  }

  async #store(namespace: string, states: readonly QuotaState[], orders: readonly Order[], refunds: readonly LedgerEntry[]): Promise<void> {
    for (let state of states) {
      for (let attempt = 1; !(await this.#tryStore(state)); attempt++) {
        const renewed = await this.#renew(namespace, state, orders, refunds);
        // A quota that is gone limits nothing.
        if (!renewed) break;
        state = renewed;
        if (attempt >= MAX_ATTEMPTS) await this.#options.updateStatus(withUsage(state));
      }
    }
    await this.#undoRefused(namespace, orders);
  }

  /** False when the quota is not as it was. */
  async #tryStore(state: QuotaState): Promise<boolean> {
    if (equalAmounts(state.used, quotaStateOf(state.quota).used)) return true;
    try {
      const stored = await this.#options.updateStatus(withUsage(state));
      this.#stored.set(uidOf(state), stored);
      return true;
    } catch (error) {
      if (isStatus(error, 'Conflict', 'NotFound')) return false;
      throw error;
    }
  }

  /** The quota as it is now, charged anew; undefined: it is gone. */
  async #renew(namespace: string, stale: QuotaState, orders: readonly Order[], refunds: readonly LedgerEntry[]): Promise<QuotaState | undefined> {
    const uid = uidOf(stale);
    this.#stored.delete(uid);
    await this.#options.reader.settled(resourceQuotas);
    const quota = this.#quotasIn(namespace).find(({ metadata }) => metadata.uid === uid);
    for (const order of orders) order.charges.delete(uid);
    if (!quota) return undefined;
    const state = quotaStateOf(quota);
    for (const { charges } of refunds) this.#takeOff(state, charges.get(uid));
    for (const order of orders) this.#decide([state], order);
    return state;
  }

  /** An order that a later quota refused has been charged by the earlier ones. */
  async #undoRefused(namespace: string, orders: readonly Order[]): Promise<void> {
    const refused = orders.filter(({ refusal, charges }) => refusal !== undefined && charges.size > 0);
    for (let attempt = 1; refused.length > 0 && attempt <= MAX_ATTEMPTS; attempt++) {
      for (const state of this.#quotasIn(namespace).map(quotaStateOf)) {
        const uid = uidOf(state);
        for (const { charges } of refused) this.#takeOff(state, charges.get(uid));
        if (await this.#tryStore(state)) for (const { charges } of refused) charges.delete(uid);
      }
      if (refused.every(({ charges }) => charges.size === 0)) return;
      await this.#options.reader.settled(resourceQuotas);
    }
  }
}

function uidOf({ quota }: QuotaState): string {
  return quota.metadata.uid ?? '';
}
function withUsage({ quota, used }: QuotaState): Quota {
  return { ...quota, status: { ...quota.status, used: resourceListOf(used) } };
}
