import { nameIsDnsLabel, nameIsDnsSubdomain } from '../../../machinery/names.ts';
import type { CelLibrary } from '../../environment.ts';
import { fail } from '../../errors.ts';
import { type CelFunction, type CelOverload, celFunction, member } from '../../functions.ts';
import { boolType, type CelType, object, stringType } from '../../types.ts';
import { CelBoxed, type CelValue } from '../../values.ts';

function typeNamed(name: string): CelType {
  return object({ name: `kubernetes.authorization.${name}` });
}

/** The type of the `authorizer` variable. */
export const AUTHORIZER_TYPE = typeNamed('Authorizer');
/** The type of the `authorizer.requestResource` variable. */
export const RESOURCE_CHECK_TYPE = typeNamed('ResourceCheck');
const PATH_CHECK_TYPE = typeNamed('PathCheck');
const GROUP_CHECK_TYPE = typeNamed('GroupCheck');
const DECISION_TYPE = typeNamed('Decision');

/** What an expression asks about: a path, or a resource. Absent members are empty. */
export interface AuthorizationCheck {
  readonly verb: string;
  /** `namespace/name` of a service account to ask for, instead of the request's user. */
  readonly serviceAccount?: { readonly namespace: string; readonly name: string };
  readonly path?: string;
  readonly group?: string;
  readonly resource?: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
}

/** The answer; `error` when it could not be found out. */
export interface AuthorizationDecision {
  readonly allowed: boolean;
  readonly reason?: string;
  readonly error?: string;
}

/** Decides, at once: an expression cannot wait. */
export type CelAuthorize = (check: AuthorizationCheck) => AuthorizationDecision;

/** An authorizer, or one of the steps from it to a decision. Two are never equal unless they are the same. */
class Authorization extends CelBoxed {
  readonly type: CelType;
  readonly authorize: CelAuthorize;
  readonly check: Omit<AuthorizationCheck, 'verb'>;

  constructor(type: CelType, authorize: CelAuthorize, check: Omit<AuthorizationCheck, 'verb'>) {
    super();
    this.type = type;
    this.authorize = authorize;
    this.check = check;
  }

  equals(): boolean {
    return false;
  }

  with(type: CelType, more: Omit<AuthorizationCheck, 'verb'>): Authorization {
    return new Authorization(type, this.authorize, { ...this.check, ...more });
  }
}

class Decision extends CelBoxed {
  readonly decision: AuthorizationDecision;

  constructor(decision: AuthorizationDecision) {
    super();
    this.decision = decision;
  }

  get type(): CelType {
    return DECISION_TYPE;
  }

  equals(): boolean {
    return false;
  }
}

/** The value of the `authorizer` variable. */
export function authorizerValue(authorize: CelAuthorize): CelValue {
  return new Authorization(AUTHORIZER_TYPE, authorize, {});
}

/** The value of the `authorizer.requestResource` variable: a check of the request's own resource. */
export function requestResourceValue(authorize: CelAuthorize, resource: Omit<AuthorizationCheck, 'verb'>): CelValue {
  return new Authorization(RESOURCE_CHECK_TYPE, authorize, resource);
}

type Step = (from: Authorization, text: string) => Authorization;

function step(name: string, id: string, from: CelType, to: CelType, call: Step): CelFunction {
  return celFunction(
    name,
    member(id, [from, stringType], to, (value, text) => call(value as Authorization, text as string)),
  );
}

/** A step that sets one member of a resource check. */
function refine(name: 'subresource' | 'namespace' | 'name' | 'fieldSelector' | 'labelSelector', id: string): CelFunction {
  return step(name, id, RESOURCE_CHECK_TYPE, RESOURCE_CHECK_TYPE, (from, text) => from.with(RESOURCE_CHECK_TYPE, { [name]: text }));
}

function check(id: string, type: CelType): CelOverload {
  return member(id, [type, stringType], DECISION_TYPE, (value, verb) => {
    const { authorize, check: asked } = value as Authorization;
    return new Decision(authorize({ ...asked, verb: verb as string }));
  });
}

function ofDecision(name: string, type: CelType, read: (decision: AuthorizationDecision) => CelValue): CelFunction {
  return celFunction(
    name,
    member(`decision_${name}`, [DECISION_TYPE], type, (value) => read((value as Decision).decision)),
  );
}

function nonEmpty(name: string, text: string): string {
  return text.trim() === '' ? fail(`${name} must not be empty`) : text;
}

function serviceAccount(from: Authorization, namespace: string, name: string): Authorization {
  if (nameIsDnsSubdomain(name, false).length > 0) fail('Invalid service account name');
  if (nameIsDnsLabel(namespace, false).length > 0) fail('Invalid service account namespace');
  return from.with(AUTHORIZER_TYPE, { serviceAccount: { namespace, name } });
}

/** Authorization checks, as k8s.io/apiserver/pkg/cel/library/authz.go, selectors included. */
export const AUTHORIZER: CelLibrary = {
  name: 'kubernetes.authz',
  types: [AUTHORIZER_TYPE, PATH_CHECK_TYPE, GROUP_CHECK_TYPE, RESOURCE_CHECK_TYPE, DECISION_TYPE],
  functions: [
    step('path', 'authorizer_path', AUTHORIZER_TYPE, PATH_CHECK_TYPE, (from, path) => from.with(PATH_CHECK_TYPE, { path: nonEmpty('path', path) })),
    step('group', 'authorizer_group', AUTHORIZER_TYPE, GROUP_CHECK_TYPE, (from, group) => from.with(GROUP_CHECK_TYPE, { group })),
    celFunction(
      'serviceAccount',
      member('authorizer_serviceaccount', [AUTHORIZER_TYPE, stringType, stringType], AUTHORIZER_TYPE, (value, namespace, name) =>
        serviceAccount(value as Authorization, namespace as string, name as string),
      ),
    ),
    step('resource', 'groupcheck_resource', GROUP_CHECK_TYPE, RESOURCE_CHECK_TYPE, (from, resource) =>
      from.with(RESOURCE_CHECK_TYPE, { resource: nonEmpty('resource', resource) }),
    ),
    refine('subresource', 'resourcecheck_subresource'),
    refine('namespace', 'resourcecheck_namespace'),
    refine('name', 'resourcecheck_name'),
    refine('fieldSelector', 'authorizer_fieldselector'),
    refine('labelSelector', 'authorizer_labelselector'),
    celFunction('check', check('pathcheck_check', PATH_CHECK_TYPE), check('resourcecheck_check', RESOURCE_CHECK_TYPE)),
    ofDecision('errored', boolType, ({ error }) => error !== undefined),
    ofDecision('error', stringType, ({ error }) => error ?? ''),
    ofDecision('allowed', boolType, ({ allowed }) => allowed),
    ofDecision('reason', stringType, ({ reason }) => reason ?? ''),
  ],
};
