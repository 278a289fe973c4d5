import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { tests as checking } from '@bufbuild/cel-spec/testdata/checking.js';
import { compile } from '../compile.ts';
import { CelEnvironment } from '../environment.ts';
import { fail } from '../errors.ts';
import { celFunction, member, overload } from '../functions.ts';
import { STANDARD_LIBRARY } from '../library/standard.ts';
import { WELL_KNOWN } from '../library/well-known.ts';
import { formatIssues } from '../source.ts';
import { boolType, bytesType, doubleType, formatType, intType, nullType, stringType, uintType } from '../types.ts';
import leftOut from './left-out-types.json' with { type: 'json' };
import { declared, type SpecTest } from './spec-case.ts';

/** What cel-go's own checker tests have without saying so. */
const VARIABLES = { is: stringType, ii: intType, iu: uintType, iz: boolType, ib: bytesType, id: doubleType, ix: nullType };
const unused = () => fail('not implemented');
const FUNCTIONS = [
  celFunction('fg_s', overload('fg_s_0', [], stringType, unused)),
  celFunction('fi_s_s', member('fi_s_s_0', [stringType], stringType, unused)),
];

const skipped = new Set(Object.values(leftOut).flat());
const cases = (checking.tests as unknown as readonly SpecTest[]).filter(({ original }) => !skipped.has(`${original.container ?? ''}: ${original.expr}`));

describe("cel-go's types", () => {
  for (const { original, type, error } of cases)
    test(original.expr, () => {
      const { variables, functions } = declared(original.typeEnv);
      const libraries = [STANDARD_LIBRARY, WELL_KNOWN, { name: 'case', functions: [...FUNCTIONS, ...functions] }];
      const environment = new CelEnvironment(libraries, { container: original.container ?? '' });
      const compiled = compile(original.expr, { variables: { ...VARIABLES, ...variables }, environment });
      const found = 'issues' in compiled ? formatIssues(compiled.issues) : formatType(compiled.program.resultType);
      assert.equal(found, error?.replaceAll(/^ERROR: :/gm, 'ERROR: <input>:') ?? type);
    });
});
