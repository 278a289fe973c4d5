import type { UserInfo } from '#api/types/authentication-v1';
import type { Attributes, Authorizer, Decision, ObjectReader } from '../contract.ts';
import { createNodeAuthorizer } from './node.ts';
import { createRbacAuthorizer, joinErrors, type RbacAuthorizer } from './rbac.ts';

/** Everything that decides what a user may do, as one. */
export interface Authorization {
  /** The first clear answer in order; `no-opinion` is a refusal, with the reasons of all. */
  authorize(attributes: Attributes): Promise<Decision>;
  rulesFor(user: UserInfo, namespace: string): ReturnType<NonNullable<Authorizer['rulesFor']>>;
  readonly rbac: RbacAuthorizer;
}

const ALLOW: Decision = Object.freeze({ decision: 'allow', reason: '' });
const NO_OPINION: Decision = Object.freeze({ decision: 'no-opinion', reason: '' });

/** `system:masters` may do everything, whatever roles say: the way back when RBAC objects are broken. */
const privilegedGroup: Authorizer = {
  name: 'system:masters',
  authorize: ({ user }) => (user.groups?.includes('system:masters') ? ALLOW : NO_OPINION),
};

/** The authorizers in upstream's order: `system:masters`, then `--authorization-mode=Node,RBAC`. `onDecision` is told every clear answer of those two. */
export function createAuthorization(reader: ObjectReader, onDecision?: (authorizer: string, decision: Decision) => void): Authorization {
  const rbac = createRbacAuthorizer(reader);
  const authorizers: readonly Authorizer[] = [privilegedGroup, createNodeAuthorizer(reader), rbac];
  return {
    rbac,
    async authorize(attributes) {
      let reason = '';
      for (const authorizer of authorizers) {
        const answer = authorizer.authorize(attributes);
        const decision = answer instanceof Promise ? await answer : answer;
        if (decision.decision !== 'no-opinion') {
          // Upstream counts those that are configured, and this one is not.
          if (authorizer !== privilegedGroup) onDecision?.(authorizer.name, decision);
          return decision;
        }
        if (decision.reason) reason = reason ? `${reason}\n${decision.reason}` : decision.reason;
      }
      return reason ? { decision: 'no-opinion', reason } : NO_OPINION;
    },
    rulesFor(user, namespace) {
      const all = authorizers.flatMap((authorizer) => authorizer.rulesFor?.(user, namespace) ?? []);
      const errors = all.flatMap((rules) => rules.evaluationError ?? []);
      return {
        resourceRules: all.flatMap((rules) => rules.resourceRules),
        nonResourceRules: all.flatMap((rules) => rules.nonResourceRules),
        ...(errors.length > 0 ? { evaluationError: joinErrors(errors) } : {}),
        ...(all.some(({ isIncomplete }) => isIncomplete) ? { isIncomplete: true } : {}),
      };
    },
  };
}
