import { CelEnvironment, type CelLibrary } from './environment.ts';
import { AUTHORIZER } from './library/kubernetes/authorizer.ts';
import { FORMAT } from './library/kubernetes/format.ts';
import { CIDR, IP } from './library/kubernetes/ip.ts';
import { KUBERNETES_LISTS } from './library/kubernetes/lists.ts';
import { QUANTITY } from './library/kubernetes/quantity.ts';
import { REGEX } from './library/kubernetes/regex.ts';
import { SEMVER } from './library/kubernetes/semver.ts';
import { URLS } from './library/kubernetes/urls.ts';
import { LISTS } from './library/lists.ts';
import { OPTIONALS } from './library/optionals.ts';
import { SETS } from './library/sets.ts';
import { STANDARD_LIBRARY } from './library/standard.ts';
import { STRINGS } from './library/strings.ts';
import { WELL_KNOWN } from './library/well-known.ts';
import { TWO_VARIABLE_COMPREHENSIONS } from './library/two-variable.ts';

/**
 * The libraries of Kubernetes 1.36's base environment (k8s.io/apiserver/pkg/cel/environment/base.go), in its order.
 * Math, encoders and `cel.bind` are not among them; mutating policies add JSON_PATCH, device selectors BINDINGS.
 */
const LIBRARIES: readonly CelLibrary[] = [
  STANDARD_LIBRARY,
  WELL_KNOWN,
  URLS,
  REGEX,
  KUBERNETES_LISTS,
  AUTHORIZER,
  OPTIONALS,
  QUANTITY,
  STRINGS,
  SETS,
  IP,
  CIDR,
  FORMAT,
  TWO_VARIABLE_COMPREHENSIONS,
  SEMVER,
  LISTS,
];

/** What every expression of Kubernetes can use. */
export const kubernetesEnvironment = new CelEnvironment(LIBRARIES, { hasLiteralChecks: true });
