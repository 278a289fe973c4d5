import { type ApiServerOptions, parseAdmissionConfiguration } from '#apiserver';
import { componentArg, numberArg } from './config.ts';

/** What kube-apiserver's arguments say about admission; where they name no plugins k3s' own choice holds. Throws an Error for a configuration that cannot be read. */
export function admissionOf(args: readonly string[]): ApiServerOptions['admission'] {
  const list = (name: string): string[] | undefined => componentArg(args, name)?.split(',').filter(Boolean);
  const [enable, disable] = [list('enable-admission-plugins'), list('disable-admission-plugins')];
  const file = componentArg(args, 'admission-control-config-file');
  return {
    selection: { enable: enable ?? ['NodeRestriction'].filter((name) => !disable?.includes(name)), disable },
    configuration: {
      ...(file ? parseAdmissionConfiguration(file) : {}),
      tolerationSeconds: {
        notReady: numberArg(args, 'default-not-ready-toleration-seconds'),
        unreachable: numberArg(args, 'default-unreachable-toleration-seconds'),
      },
    },
  };
}
