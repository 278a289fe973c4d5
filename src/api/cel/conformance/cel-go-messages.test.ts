import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { tests as parsing } from '@bufbuild/cel-spec/testdata/parsing.js';
import { compile } from '../compile.ts';
import { CelEnvironment } from '../environment.ts';
import { STANDARD_LIBRARY } from '../library/standard.ts';
import { formatIssues } from '../source.ts';
import leftOut from './left-out-messages.json' with { type: 'json' };

/** cel-go's own parser tests allow 32 levels and know no optional values. */
const environment = new CelEnvironment([STANDARD_LIBRARY], { maxDepth: 32 });
const skipped = new Set(Object.values(leftOut).flat());
const cases = (parsing.tests ?? []).filter(({ original }) => !skipped.has(original.expr));

describe("cel-go's messages", () => {
  for (const { original, error } of cases) {
    test(original.expr, () => {
      const compiled = compile(original.expr, { variables: {}, environment });
      // Its parser tests name no source; Kubernetes' texts say `<input>`.
      const wanted = error?.replaceAll(/^ERROR: :/gm, 'ERROR: <input>:');
      assert.equal('issues' in compiled ? formatIssues(compiled.issues) : undefined, wanted);
    });
  }
});
