/** cel-spec's conformance cases, as `@bufbuild/cel-spec` ships them, run against this interpreter. */
import assert from 'node:assert/strict';
import { tests as conformance } from '@bufbuild/cel-spec/testdata/conformance.js';
import { compile } from '../compile.ts';
import { CelEnvironment, type CelLibrary } from '../environment.ts';
import { CelEvaluationError, fail } from '../errors.ts';
import { type CelFunction, member, overload } from '../functions.ts';
import { BINDINGS } from '../library/bindings.ts';
import { ENCODERS } from '../library/encoders.ts';
import { LISTS } from '../library/lists.ts';
import { MATH } from '../library/math.ts';
import { OPTIONALS } from '../library/optionals.ts';
import { SETS } from '../library/sets.ts';
import { STANDARD_LIBRARY } from '../library/standard.ts';
import { STRINGS } from '../library/strings.ts';
import { STRINGS_4 } from '../library/strings-4.ts';
import { TWO_VARIABLE_COMPREHENSIONS } from '../library/two-variable.ts';
import { WELL_KNOWN } from '../library/well-known.ts';
import { formatIssues } from '../source.ts';
import { type CelType, dynType, formatType } from '../types.ts';
import { textOf } from '../value-text.ts';
import { CelDouble, type CelValue, celEquals, typeOfValue } from '../values.ts';
import { type SpecType, type SpecValue, typeOfSpec, valueOfSpec } from './spec-value.ts';

interface SpecFunction {
  readonly overloads: readonly {
    readonly overloadId: string;
    readonly params?: readonly SpecType[];
    readonly resultType: SpecType;
    readonly isInstanceFunction?: boolean;
  }[];
}

/** A case as the package writes it. */
export interface SpecTest {
  readonly original: {
    readonly name?: string;
    readonly expr: string;
    readonly container?: string;
    readonly typeEnv?: readonly { readonly name: string; readonly ident?: { readonly type: SpecType }; readonly function?: SpecFunction }[];
    readonly bindings?: Readonly<Record<string, { readonly value: SpecValue }>>;
    readonly value?: SpecValue;
    readonly typedResult?: { readonly result?: SpecValue; readonly deducedType?: SpecType };
    readonly evalError?: unknown;
    readonly disableCheck?: boolean;
    readonly checkOnly?: boolean;
  };
  /** The type that cel-go found, or what it found wrong. */
  readonly type?: string;
  readonly error?: string;
}

interface SpecSuite {
  readonly name: string;
  readonly suites?: readonly SpecSuite[];
  readonly tests?: readonly SpecTest[];
}

/** A case with the path of its suites and its number among cases of the same name. */
export interface SpecCase {
  readonly id: string;
  readonly spec: SpecTest['original'];
  readonly type: string | undefined;
}

/** All cases. */
export function specCases(): SpecCase[] {
  const seen = new Map<string, number>();
  const flatten = (suite: SpecSuite, path: string): SpecCase[] => [
    ...(suite.tests ?? []).map(({ original, type }) => {
      const name = `${path}/${original.name ?? ''}`;
      const count = (seen.get(name) ?? 0) + 1;
      seen.set(name, count);
      return { id: count === 1 ? name : `${name}#${count}`, spec: original, type };
    }),
    ...(suite.suites ?? []).flatMap((inner) => flatten(inner, path === '' ? inner.name : `${path}/${inner.name}`)),
  ];
  return flatten(conformance as unknown as SpecSuite, '');
}

const LIBRARIES: readonly CelLibrary[] = [
  STANDARD_LIBRARY,
  WELL_KNOWN,
  OPTIONALS,
  STRINGS,
  STRINGS_4,
  MATH,
  ENCODERS,
  BINDINGS,
  TWO_VARIABLE_COMPREHENSIONS,
  LISTS,
  SETS,
];

/** The variables and functions that a case declares. */
export function declared(typeEnv: SpecTest['original']['typeEnv'] = []): { variables: Record<string, CelType>; functions: CelFunction[] } {
  const variables: Record<string, CelType> = {};
  const functions: CelFunction[] = [];
  for (const { name, ident, function: declaredFunction } of typeEnv) {
    if (ident) variables[name] = typeOfSpec(ident.type);
    const overloads = (declaredFunction?.overloads ?? []).map(({ overloadId, params = [], resultType, isInstanceFunction }) =>
      (isInstanceFunction ? member : overload)(overloadId, params.map(typeOfSpec), typeOfSpec(resultType), () => fail('not implemented')),
    );
    if (declaredFunction) functions.push({ name, overloads });
  }
  return { variables, functions };
}

/** Runs a case; throws when it does not turn out as it should. */
export function runSpecCase(given: SpecCase): void {
  const { spec } = given;
  const { variables, functions } = declared(spec.typeEnv);
  if (spec.disableCheck) for (const name of Object.keys(spec.bindings ?? {})) variables[name] ??= dynType;
  const options = { hasQuotedFields: true, container: spec.container ?? '' };
  const environment = new CelEnvironment([...LIBRARIES, { name: 'case', functions }], options);
  const compiled = compile(spec.expr, { variables, environment });
  if ('issues' in compiled) {
    assert.ok(spec.evalError !== undefined, formatIssues(compiled.issues));
    return;
  }
  checkType(given, compiled.program.resultType);
  if (spec.checkOnly) return;
  const bindings = Object.fromEntries(Object.entries(spec.bindings ?? {}).map(([name, { value }]) => [name, valueOfSpec(value)]));
  if (spec.evalError !== undefined) {
    assert.throws(() => compiled.program.evaluate(bindings), CelEvaluationError);
    return;
  }
  const wanted = spec.value ?? spec.typedResult?.result;
  assertSame(compiled.program.evaluate(bindings).value, wanted === undefined ? true : valueOfSpec(wanted));
}

function checkType({ spec, type }: SpecCase, found: CelType): void {
  const deduced = spec.typedResult?.deducedType;
  if (deduced) assert.equal(formatType(found), formatType(typeOfSpec(deduced)));
  else if (type !== undefined && !spec.disableCheck) assert.equal(formatType(found), type);
}

function assertSame(value: CelValue, wanted: CelValue): void {
  assert.equal(formatType(typeOfValue(value)), formatType(typeOfValue(wanted)));
  if (value instanceof CelDouble && wanted instanceof CelDouble) assert.ok(Object.is(value.value, wanted.value));
  else assert.ok(celEquals(value, wanted), `${textOf(value)} is not ${textOf(wanted)}`);
}
