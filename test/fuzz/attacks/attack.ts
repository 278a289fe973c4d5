import type { Random } from '#lib';
import type { Target } from '../target.ts';

export interface Attack {
  readonly name: string;
  run(target: Target, random: Random): Promise<void>;
}
