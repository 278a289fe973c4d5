/** Compiles the expressions of policies and webhooks, to say what is wrong with them. Import it by a dynamic import only: it needs CEL. */
import { anyType, boolType, type CelType, compile, dynType, formatIssues, isDyn, listOf, nullType, sameType, stringType } from '../../cel/index.ts';
import { type FieldError, internalError, invalid } from '../../machinery/field-error.ts';
import type { ExpressionContext, ExpressionPlace } from './expressions.ts';
import { JSON_PATCH_TYPE, OBJECT_TYPE, patchEnvironment, policyVariables } from './policy-environment.ts';

const RESULTS: Readonly<Record<Exclude<ExpressionPlace, 'variable'>, readonly CelType[]>> = {
  matchCondition: [boolType],
  validation: [boolType],
  message: [stringType],
  auditAnnotation: [stringType, nullType],
  applyConfiguration: [OBJECT_TYPE],
  jsonPatch: [listOf(JSON_PATCH_TYPE)],
};

/** The types of a policy's variables so far. */
export type VariableTypes = Record<string, CelType>;

/** What is wrong with one expression. A variable's type is remembered for the expressions after it. */
export function expressionErrors(expression: string, path: string, { place, hasParams, variables, name = '' }: ExpressionContext): FieldError[] {
  const own = variables as VariableTypes | undefined;
  const isPatch = place === 'applyConfiguration' || place === 'jsonPatch';
  const result = compile(expression, {
    variables: policyVariables({ hasParams, hasAuthorizer: place !== 'message', own }),
    ...(isPatch ? { environment: patchEnvironment } : {}),
  });
  if (place === 'variable' && own) own[name] = 'program' in result ? declared(result.program.resultType) : dynType;
  if ('issues' in result) {
    const text = formatIssues(result.issues);
    return [result.isPlanFailure ? internalError(path, `program instantiation failed: ${text}`) : invalid(path, expression, `compilation failed: ${text}`)];
  }
  const wanted = place === 'variable' ? [anyType] : RESULTS[place];
  if (place === 'variable' || wanted.some((type) => sameType(type, result.program.resultType))) return [];
  return [invalid(path, expression, wrongResult(wanted))];
}

/** Variables of types that have no declaration of their own are of any type. */
function declared(type: CelType): CelType {
  return isDyn(type) || type.kind === 'null' || type.kind === 'type' || type.kind === 'opaque' ? dynType : type;
}

function wrongResult(types: readonly CelType[]): string {
  const names = types.map(goName);
  return names.length === 1 ? `must evaluate to ${names[0]}` : `must evaluate to one of [${names.join(' ')}]`;
}
/** As cel-go's types print. */
function goName({ name, params }: CelType): string {
  return params.length > 0 ? `${name}(${params.map(goName).join(', ')})` : name;
}
