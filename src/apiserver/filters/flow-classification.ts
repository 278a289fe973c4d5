import { flowSchemas, priorityLevelConfigurations } from '#api';
import type { UserInfo } from '#api/types/authentication-v1';
import type { FlowSchema, FlowSchemaSpec, NonResourcePolicyRule, ResourcePolicyRule, Subject } from '#api/types/flowcontrol-v1';
import type { ObjectReader } from '../contract.ts';
import type { RequestInfo } from './request-info.ts';

/** Which FlowSchema a request is of, and which priority level it would be served with. */
export type FlowHeaders = Readonly<Record<'x-kubernetes-pf-flowschema-uid' | 'x-kubernetes-pf-prioritylevel-uid', string>>;

interface Flow {
  readonly name: string;
  readonly rules: NonNullable<FlowSchemaSpec['rules']>;
  readonly headers: FlowHeaders;
}

/**
 * Tells requests apart as API priority and fairness does, and answers which headers say so. Nobody waits for its turn yet: all are served at once.
 * Follows k8s.io/apiserver/pkg/util/flowcontrol.
 */
export class FlowClassification {
  readonly #reader: ObjectReader;
  /** In the order in which they are asked; undefined: to be made anew. */
  #flows: readonly Flow[] | undefined;

  constructor(reader: ObjectReader) {
    this.#reader = reader;
    const changed = (): void => void (this.#flows = undefined);
    reader.onChange(flowSchemas, changed);
    reader.onChange(priorityLevelConfigurations, changed);
  }

  /** Undefined where there is no FlowSchema at all, as before the first are made. */
  headersFor(info: RequestInfo, user: UserInfo): FlowHeaders | undefined {
    this.#flows ??= flowsOf(this.#reader);
    for (const flow of this.#flows) if (matches(flow, info, user)) return flow.headers;
    return this.#flows.find(({ name }) => name === 'catch-all')?.headers;
  }
}

function flowsOf(reader: ObjectReader): Flow[] {
  const levels = new Map(Array.from(reader.list(priorityLevelConfigurations), ({ metadata: { name = '', uid = '' } }) => [name, uid]));
  const ordered = [...reader.list(flowSchemas)].sort(
    (a, b) => precedenceOf(a) - precedenceOf(b) || ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1),
  );
  return ordered.flatMap(({ metadata: { name = '', uid = '' }, spec }) => {
    const level = levels.get(spec?.priorityLevelConfiguration.name ?? '');
    // Who leads to no level is passed over.
    if (level === undefined) return [];
    return [{ name, rules: spec?.rules ?? [], headers: { 'x-kubernetes-pf-flowschema-uid': uid, 'x-kubernetes-pf-prioritylevel-uid': level } }];
  });
}
function precedenceOf({ spec }: FlowSchema): number {
  return spec?.matchingPrecedence ?? 0;
}

function matches({ rules }: Flow, info: RequestInfo, user: UserInfo): boolean {
  for (const { subjects, resourceRules, nonResourceRules } of rules) {
    if (!subjects.some((subject) => isSubject(subject, user))) continue;
    if (info.isResourceRequest ? resourceRules?.some((rule) => isResource(rule, info)) : nonResourceRules?.some((rule) => isDocument(rule, info))) return true;
  }
  return false;
}

const SERVICE_ACCOUNT = 'system:serviceaccount:';
function isSubject({ kind, user: byName, group, serviceAccount }: Subject, { username = '', groups = [] }: UserInfo): boolean {
  switch (kind) {
    case 'User':
      return byName !== undefined && (byName.name === '*' || byName.name === username);
    case 'Group':
      return group !== undefined && (group.name === '*' || groups.includes(group.name));
    case 'ServiceAccount': {
      if (!serviceAccount || !username.startsWith(SERVICE_ACCOUNT)) return false;
      const { namespace, name } = serviceAccount;
      return name === '*' ? username.startsWith(`${SERVICE_ACCOUNT}${namespace}:`) : username === `${SERVICE_ACCOUNT}${namespace}:${name}`;
    }
    default:
      return false;
  }
}

function isResource({ verbs, apiGroups, resources, namespaces, clusterScope }: ResourcePolicyRule, info: RequestInfo): boolean {
  const resource = info.subresource ? `${info.resource}/${info.subresource}` : info.resource;
  if (!contains(verbs, info.verb) || !contains(resources, resource) || !contains(apiGroups, info.group)) return false;
  return info.namespace === '' ? clusterScope === true : contains(namespaces ?? [], info.namespace);
}

function isDocument({ verbs, nonResourceURLs }: NonResourcePolicyRule, { verb, path }: RequestInfo): boolean {
  if (!contains(verbs, verb)) return false;
  return nonResourceURLs.some((url) => url === '*' || url === path || path.startsWith(prefixOf(url)));
}
/** A page stands for all below it. */
function prefixOf(url: string): string {
  const prefix = url.endsWith('*') ? url.slice(0, -1) : url;
  return prefix.endsWith('/') ? prefix : `${prefix}/`;
}

function contains(list: readonly string[], value: string): boolean {
  return (list.length === 1 && list[0] === '*') || list.includes(value);
}
