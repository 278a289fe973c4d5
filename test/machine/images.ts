import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { buildImageTar, type TarEntry } from '../../src/kubelet/images/oci-tar.ts';

const BUSYBOX = '/bin/busybox';

/** An OCI image tar with Debian's static busybox, all its applets, and `files`: made on the spot, since a fresh machine may reach no registry. */
export function busyboxImage(name: string, files: readonly TarEntry[] = []): Buffer {
  const applets = execFileSync(BUSYBOX, ['--list'], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .filter((applet) => applet !== 'busybox');
  return buildImageTar({
    name,
    architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
    files: [
      { path: 'bin/busybox', content: readFileSync(BUSYBOX), mode: 0o755 },
      ...applets.map((applet) => ({ path: `bin/${applet}`, content: Buffer.alloc(0), linkTo: 'busybox' })),
      { path: 'etc/passwd', content: Buffer.from('root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n') },
      { path: 'etc/group', content: Buffer.from('root:x:0:\nnobody:x:65534:\n') },
      { path: 'tmp/.keep', content: Buffer.alloc(0) },
      ...files,
    ],
    command: ['sh'],
  });
}
