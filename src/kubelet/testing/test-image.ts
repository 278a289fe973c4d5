import { readFileSync } from 'node:fs';
import { buildImageTar } from '../images/oci-tar.ts';

/** The name of the image that `buildTestImage` makes. */
export const TEST_IMAGE = 'k3ts.test/busybox:1';

const APPLETS = [
  'sh',
  'sleep',
  'echo',
  'cat',
  'ls',
  'id',
  'env',
  'wget',
  'httpd',
  'nc',
  'true',
  'false',
  'hostname',
  'mount',
  'stat',
  'touch',
  'rm',
  'mkdir',
  'date',
  'kill',
  'test',
  'tail',
  'readlink',
];

/** An image with Debian's static busybox as a shell and the usual commands. */
export function buildTestImage(name = TEST_IMAGE): Buffer {
  return buildImageTar({
    name,
    architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
    files: [
      { path: 'bin/busybox', content: readFileSync('/bin/busybox'), mode: 0o755 },
      ...APPLETS.map((applet) => ({ path: `bin/${applet}`, content: Buffer.alloc(0), linkTo: 'busybox' })),
      { path: 'etc/passwd', content: Buffer.from('root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n') },
      { path: 'etc/group', content: Buffer.from('root:x:0:\nnobody:x:65534:\n') },
    ],
    command: ['sh'],
  });
}
