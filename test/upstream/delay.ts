import { setTimeout } from 'node:timers/promises';

/** Lets time pass where a recording did: between timestamps of whole seconds, and between two looks at what changes by itself. */
export async function delay(ms: number): Promise<void> {
  await setTimeout(ms);
}
