/** The version of this program: the Kubernetes that it serves, and its own build after the plus sign. package.json says the same. */
export const VERSION = 'v1.36.4+k3ts1';
