/** Compiles the rules of one part of a schema. Follows apiextensions-apiserver/pkg/apiserver/schema/cel/compilation.go. */
import type { ValidationRule } from '#api/types/apiextensions-v1';
import type { CelProgram } from '../../cel/program.ts';
import type { CelType } from '../../cel/types.ts';
import { celModule } from './cel-module.ts';
import { type DeclaredType, sizeAt } from './declared-type.ts';

export interface CompiledExpression {
  readonly program?: CelProgram;
  /** Why there is no program; an empty expression has neither. */
  readonly error?: string;
  /** The most it can cost. */
  readonly maxCost: number;
}
export interface CompiledRule extends CompiledExpression {
  readonly rule: ValidationRule;
  /** A rule about changes: it is asked only when there is something to compare with. */
  readonly usesOldSelf: boolean;
  readonly message: CompiledExpression;
}

const NOTHING: CompiledExpression = { maxCost: 0 };

export function compileRule(rule: ValidationRule, self: DeclaredType): CompiledRule {
  const variables = { self: self.type, oldSelf: rule.optionalOldSelf ? celModule().optionalOf(self.type) : self.type };
  const text = rule.rule ?? '';
  if (text.trim() === '') return { rule, usesOldSelf: false, message: NOTHING, ...NOTHING };
  const { boolType, stringType } = celModule();
  const main = compileOne(text, { self, variables, result: boolType, wrongResult: 'cel expression must evaluate to a bool', prefix: '' });
  const hasMessage = Boolean(rule.messageExpression) && main.program !== undefined;
  const message = hasMessage
    ? compileOne(rule.messageExpression as string, {
        self,
        variables,
        result: stringType,
        wrongResult: 'messageExpression must evaluate to a string',
        prefix: 'messageExpression ',
      })
    : NOTHING;
  return { rule, ...main, usesOldSelf: main.program !== undefined && usesOldSelf(text, self), message };
}

interface Wanted {
  readonly self: DeclaredType;
  readonly variables: Readonly<Record<string, CelType>>;
  readonly result: CelType;
  readonly wrongResult: string;
  readonly prefix: string;
}
function compileOne(text: string, { self, variables, result, wrongResult, prefix }: Wanted): CompiledExpression {
  const cel = celModule();
  const compiled = cel.compile(text, { variables });
  if ('issues' in compiled) {
    const what = compiled.isPlanFailure ? (prefix ? 'instantiation failed' : 'program instantiation failed') : 'compilation failed';
    return { error: `${prefix}${what}: ${cel.formatIssues(compiled.issues)}`, maxCost: 0 };
  }
  const { program } = compiled;
  if (!cel.sameType(program.resultType, result)) return { error: wrongResult, maxCost: 0 };
  return { program, maxCost: program.estimateCost(({ path }) => sizeAt(self, path)).max };
}

/** Whether the expression names the old value: without it, it does not compile. */
function usesOldSelf(text: string, self: DeclaredType): boolean {
  return text.includes('oldSelf') && 'issues' in celModule().compile(text, { variables: { self: self.type } });
}
