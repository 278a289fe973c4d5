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
export * from './errors.ts';
export * from './json-adapter.ts';
export * from './program.ts';
export * from './types.ts';
export * from './values.ts';
export { type CelIssue, formatIssues } from './source.ts';
