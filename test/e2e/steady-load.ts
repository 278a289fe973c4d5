/** A steady load for rolling-update.test.ts: 8 clients, a new connection for each request, until standard input ends; then a JSON report. */
import { get } from 'node:http';

const [url = ''] = process.argv.slice(2);
const answers: Record<string, number> = {};
const failures: string[] = [];
let isStopped = false;
process.stdin.once('end', () => (isStopped = true));
process.stdin.resume();

function ask(): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent: false, timeout: 5000 }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.on('end', () => (response.statusCode === 200 ? resolve(body.trim()) : reject(new Error(`status ${response.statusCode}`))));
      response.on('error', reject);
    });
    request.on('error', reject);
    request.on('timeout', () => request.destroy(new Error('no answer within 5 s')));
  });
}

async function client(): Promise<void> {
  while (!isStopped) {
    try {
      const answer = await ask();
      answers[answer] = (answers[answer] ?? 0) + 1;
    } catch (error) {
      failures.push((error as Error).message);
    }
    await new Promise((resolve) => setTimeout(resolve, 10)); // the pace of the load
  }
}

console.log('started');
await Promise.all(Array.from({ length: 8 }, client));
console.log(JSON.stringify({ answers, failures: failures.slice(0, 20) }));
process.exit(0);
