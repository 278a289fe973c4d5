import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject, JsonValue } from '#api';

/** Requests to a real upstream server and what it answered, as `recorded/` keeps them. */
export interface Scenario {
  readonly name: string;
  readonly about: string;
  /** `core-1.20`: kube-apiserver 1.20.2 with its controllers; `crd-1.36`: apiextensions-apiserver 1.36.4 alone. */
  readonly server: 'core-1.20' | 'crd-1.36';
  readonly family: string;
  /** Texts of requests and answers to put in other words: `policy/v1beta1` → `policy/v1`. */
  readonly rewrite?: Readonly<Record<string, string>>;
  /** Paths that no step compares: `metadata.uid`, `items[*].status`, `**.time`, `$body`, `$contentType`. */
  readonly ignore?: readonly string[];
  readonly steps: readonly Step[];
}
export interface Step {
  readonly id: string;
  readonly method: string;
  /** With `{{ns}}` and `{{step.body.path}}`, as headers and body. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: JsonValue;
  /** The answer is a stream; read until so many events came or so long. */
  readonly watch?: boolean;
  readonly until?: { readonly events?: number; readonly ms?: number };
  /** The request is repeated until its answer is so, then compared. */
  readonly waitFor?: { readonly status?: number; readonly path?: string; readonly equals?: JsonValue };
  /** Milliseconds that the recording let pass before the request: timestamps of one second differ behind it. */
  readonly sleep?: number;
  /** Items come in no order. */
  readonly sort?: boolean;
  readonly checkHeaders?: readonly string[];
  readonly nocheck?: boolean;
  readonly ignore?: readonly string[];
  readonly note?: string;
  readonly expect?: StepAnswer;
}
export interface StepAnswer {
  status: number;
  contentType?: string;
  body?: JsonValue;
  headers?: Record<string, string | null>;
}

const FOLDER = join(import.meta.dirname, 'recorded');

/** All scenarios whose name `matches`, in the order of their names. */
export function readScenarios(matches: (name: string) => boolean = () => true): Scenario[] {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith('.json') && matches(file.slice(0, -'.json'.length)));
  return files.sort().map((file) => JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Scenario);
}

/** The steps that are compared. */
export function comparedSteps({ steps }: Scenario): Step[] {
  return steps.filter(({ nocheck, expect }) => !nocheck && expect);
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value as text: strings as they are. */
export function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}
