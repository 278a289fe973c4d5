/** A process that writes until it is killed: prints `created <key>` for every acknowledged write. `writer.ts <path> <round>`. */
import { openDatastore } from '../../../index.ts';

const [path = '', round = ''] = process.argv.slice(2);
const store = await openDatastore({ path });
process.stdout.write('open\n');

async function write(writer: number): Promise<void> {
  for (let i = 0; ; i++) {
    const key = `/registry/r${round}/w${writer}/${i}`;
    const result = await store.create(key, Buffer.alloc(512, key));
    if (result.ok) process.stdout.write(`created ${key} ${result.revision}\n`);
    if (i % 10 === 9) await store.compact(store.revision - 20);
  }
}
await Promise.all(Array.from({ length: 8 }, (_, i) => write(i)));
