/**
 * CEL, the expression language of validation rules and policies.
 *
 * A text becomes a program in four steps, each a folder or file of its own:
 * `parser/` makes an ast (macros already expanded), `checker/` gives every node a type and its overloads, `interpreter/` turns the ast into closures once, and evaluating only calls them.
 * Functions come from `library/`, one file each: a library declares overloads (types, evaluation, cost); an environment (`environment.ts`) is a list of libraries.
 * `cost/` holds both of upstream's costs: what running did cost (counted on the way) and what it can cost at most (from the ast and the sizes of the schema).
 * Values are described in `values.ts`; JSON is read in place by `json-adapter.ts`.
 *
 * Import it lazily, by a dynamic import of `#api/cel`: a server without rules must not pay for it.
 * Followed: cel-spec, cel-go 0.26 and k8s.io/apiserver/pkg/cel of Kubernetes 1.36.
 */
export {
  type AuthorizationCheck,
  type AuthorizationDecision,
  AUTHORIZER_TYPE,
  authorizerValue,
  type CelAuthorize,
  RESOURCE_CHECK_TYPE,
  requestResourceValue,
} from './library/kubernetes/authorizer.ts';
export { compile, type CompileOptions, type CompileResult, PER_CALL_LIMIT } from './compile.ts';
export { CelEnvironment, type CelEnvironmentOptions, type CelLibrary, type CelMessage } from './environment.ts';
export { CelCostExceededError, CelEvaluationError } from './errors.ts';
export { escapeFieldName } from './field-names.ts';
export { adaptJson, JsonList, JsonMap, JsonObjectValue } from './json-adapter.ts';
export { kubernetesEnvironment } from './kubernetes-environment.ts';
export { BINDINGS } from './library/bindings.ts';
export { JSON_PATCH } from './library/kubernetes/json-patch.ts';
export * from './program.ts';
export { type CelIssue, formatIssues } from './source.ts';
export * from './types.ts';
export * from './values.ts';
