/** Compiles the expressions that choose devices. Follows k8s.io/dynamic-resource-allocation/cel. Import it by a dynamic import only: it needs CEL. */
import {
  anyType,
  BINDINGS,
  boolType,
  type CelRange,
  type CelSizedNode,
  type CelType,
  compile,
  type CompileResult,
  dynType,
  formatIssues,
  isDyn,
  kubernetesEnvironment,
  mapOf,
  object,
  stringType,
} from '../../cel/index.ts';
import { type FieldError, forbidden, internalError, invalid } from '../../machinery/field-error.ts';

const MAX_COST = 1_000_000;
const MAX_ATTRIBUTES = 32;
const MAX_DOMAIN = 63;
const MAX_ID = 32;
const MAX_VALUE = 64;

/** The type of the variable `device`. */
export const DEVICE_TYPE: CelType = object({
  name: 'kubernetes.DRADevice',
  fields: {
    driver: stringType,
    allowMultipleAllocations: boolType,
    attributes: mapOf(stringType, mapOf(stringType, anyType)),
    capacity: mapOf(stringType, mapOf(stringType, kubernetesEnvironment.types.get('kubernetes.Quantity') ?? dynType)),
  },
});
const environment = kubernetesEnvironment.extend(BINDINGS);

/** Compiles the expression of a selector: also for those who choose devices by it. */
export function compileSelector(expression: string): CompileResult {
  return compile(expression, { variables: { device: DEVICE_TYPE }, environment });
}

/** What is wrong with the expression of a selector. */
export function selectorExpressionErrors(expression: string, path: string): FieldError[] {
  const result = compileSelector(expression);
  if ('issues' in result) {
    const text = formatIssues(result.issues);
    return [result.isPlanFailure ? internalError(path, `program instantiation failed: ${text}`) : invalid(path, expression, `compilation failed: ${text}`)];
  }
  const { resultType } = result.program;
  // An attribute may well be a bool: only a device will tell.
  if (resultType.kind !== 'bool' && resultType.kind !== 'any') {
    return [invalid(path, expression, `must evaluate to bool or the unknown type, not ${goName(resultType)}`)];
  }
  return result.program.estimateCost(sizeOf).max > MAX_COST ? [forbidden(path, 'too complex, exceeds cost limit')] : [];
}

/** As cel-go's types print. */
function goName(type: CelType): string {
  if (isDyn(type)) return type.kind;
  return type.params.length > 0 ? `${type.name}(${type.params.map(goName).join(', ')})` : type.name;
}

/** How large the parts of a device can be. */
function sizeOf({ path }: CelSizedNode): CelRange | undefined {
  const [variable, field, ...rest] = path ?? [];
  if (variable !== 'device') return undefined;
  if (field === 'driver') return upTo(MAX_DOMAIN);
  if (field !== 'attributes' && field !== 'capacity') return undefined;
  switch (rest.join('/')) {
    case '':
    case '@values':
      return upTo(MAX_ATTRIBUTES);
    case '@keys':
      return upTo(MAX_DOMAIN);
    case '@values/@keys':
      return upTo(MAX_ID);
    case '@values/@values':
      return field === 'attributes' ? upTo(MAX_VALUE) : undefined;
    default:
      return undefined;
  }
}
function upTo(max: number): CelRange {
  return { min: 0, max };
}
