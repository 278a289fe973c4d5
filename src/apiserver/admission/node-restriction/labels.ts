/** Kubernetes' own labels that a kubelet may set on its node; all others in these domains belong to the cluster. */
const KUBELET_LABELS: ReadonlySet<string> = new Set([
  'kubernetes.io/hostname',
  'kubernetes.io/arch',
  'kubernetes.io/os',
  'beta.kubernetes.io/instance-type',
  'beta.kubernetes.io/os',
  'beta.kubernetes.io/arch',
  'failure-domain.beta.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
  'node.kubernetes.io/instance-type',
  'topology.kubernetes.io/region',
  'topology.kubernetes.io/zone',
]);
const KUBELET_LABEL_DOMAINS = ['kubelet.kubernetes.io', 'node.kubernetes.io'];

type Labels = Readonly<Record<string, string>>;

/** The labels that differ and that a kubelet may not change. */
export function forbiddenLabels(labels: Labels = {}, old: Labels): string[] {
  const changed = [...new Set([...Object.keys(labels), ...Object.keys(old)])].filter((key) => labels[key] !== old[key]);
  return changed.filter((key) => isKubernetesLabel(key) && !isKubeletLabel(key)).sort();
}

function domainOf(label: string): string {
  return label.includes('/') ? label.slice(0, label.indexOf('/')) : '';
}
function isIn(domain: string, parent: string): boolean {
  return domain === parent || domain.endsWith(`.${parent}`);
}
function isKubernetesLabel(label: string): boolean {
  const domain = domainOf(label);
  return isIn(domain, 'kubernetes.io') || isIn(domain, 'k8s.io');
}
function isKubeletLabel(label: string): boolean {
  return KUBELET_LABELS.has(label) || KUBELET_LABEL_DOMAINS.some((domain) => isIn(domainOf(label), domain));
}
