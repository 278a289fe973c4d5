/** What comes of checking a value against an OpenAPI schema, before it is told as field errors. Follows k8s.io/kube-openapi/pkg/validation. */
import { type FieldError, invalid, notSupported, required, tooLong, tooMany, typeInvalid } from '../machinery/field-error.ts';
import type { JsonValue } from '../machinery/json.ts';
import { goJson, inOrder } from '../machinery/json-value.ts';

export type FindingCode = 'required' | 'enum' | 'tooLong' | 'tooMany' | 'type' | 'value' | 'plain';
export interface Finding {
  readonly code: FindingCode;
  /** Upstream's path: `spec.a[0]`, `.spec` for what is missing at the root. */
  readonly name: string;
  readonly message: string;
  readonly value?: JsonValue | undefined;
  readonly values?: readonly JsonValue[] | undefined;
  readonly max?: number | undefined;
}
/** Findings, and how much fitted: of several alternatives the one that fitted best explains the failure. */
export interface Outcome {
  readonly findings: Finding[];
  matches: number;
}

export function newOutcome(): Outcome {
  return { findings: [], matches: 0 };
}
export function absorb(into: Outcome, from: Outcome): void {
  if (from.findings.length > 0) into.findings.push(...from.findings);
  into.matches += from.matches;
}
/** A finding that names no field. */
export function plainFinding(message: string): Finding {
  return { code: 'plain', name: '', message };
}

/** The finding as a field error below `path`. */
export function fieldErrorOf(finding: Finding, path: string): FieldError {
  const own = finding.name.replace(/^\./, '');
  const field = [path, own].filter(Boolean).join('.') || '<nil>';
  const value = inOrder(finding.value ?? '');
  switch (finding.code) {
    case 'required':
      return required(field);
    case 'enum':
      return notSupported(
        field,
        inOrder(finding.value ?? null),
        (finding.values ?? []).map((each) => (typeof each === 'string' ? each : goJson(inOrder(each)))),
      );
    case 'tooLong':
      return tooLong(field, finding.max ?? -1);
    case 'tooMany':
      return tooMany(field, Number(finding.value ?? -1), finding.max ?? -1);
    case 'type':
      return typeInvalid(field, value, finding.message);
    case 'value':
      return invalid(field, value, finding.message);
    case 'plain':
      return invalid(path || '<nil>', '', finding.message);
  }
}
