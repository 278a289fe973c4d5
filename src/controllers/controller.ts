import type { Client, EventRecorder, InformerFactory } from '#client';
import type { Clock, Log, Random } from '#lib';

/** What one pass over a key came to: nothing more to do, or look again after a while. A throw means: back off and try again. */
export type Outcome = 'done' | { readonly requeueAfterMs: number };

/** Puts right what a key stands for. Level triggered: it looks at the present state only and may run any number of times. */
export type Reconcile = (key: string, signal: AbortSignal) => Promise<Outcome>;

/** What the runner gives a controller to work with. */
export interface Wiring {
  /** Acts as the controller's own service account. */
  readonly client: Client;
  readonly informers: InformerFactory;
  readonly events: EventRecorder;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Ends when the controllers stop. */
  readonly signal: AbortSignal;
  /** Asks for a pass over the key, once however often it is asked before the pass begins; after `delayMs` when given. */
  readonly enqueue: (key: string, delayMs?: number) => void;
}

/** One control loop. `connect` subscribes to what it needs to know and returns the function the runner calls for every key. */
export interface Controller {
  /** The folder's name: log field and metric label. */
  readonly name: string;
  /** Service account in kube-system that it acts as; upstream's name. */
  readonly account: string;
  /** Source component of its events; default: `account`. */
  readonly eventSource?: string;
  /** Keys worked on at the same time; default 5. */
  readonly workers?: number;
  connect(wiring: Wiring): Reconcile;
}

/** Thrown by a reconcile when trying again cannot help; the runner logs it and forgets the key. */
export class TerminalError extends Error {
  override readonly name = 'TerminalError';
}
