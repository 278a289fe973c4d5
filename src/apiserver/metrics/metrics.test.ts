import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '#lib';
import type { DocumentResponse } from '../contract.ts';
import { createApiServerMetrics } from './index.ts';

test('requests are counted by code, timed, and shown while they run', async () => {
  const clock = new FakeClock();
  const metrics = createApiServerMetrics({ clock, storageObjects: () => [['pods', 3]] });
  const labels = { verb: 'GET', group: '', version: 'v1', resource: 'pods', subresource: '', scope: 'resource' };
  const scrape = () => String((metrics.handle('/metrics', new URLSearchParams(), {}) as DocumentResponse).body);
  const end = metrics.requestStarted(labels);
  const endWatch = metrics.requestStarted({ ...labels, verb: 'WATCH', scope: 'cluster' }, true);
  assert.match(scrape(), /apiserver_current_inflight_requests\{request_kind="readOnly"\} 1\n/);
  assert.match(scrape(), /apiserver_longrunning_requests\{verb="WATCH",.*scope="cluster"\} 1\n/);
  await clock.advance(300);
  end(200);
  endWatch(200);
  const text = scrape();
  assert.match(text, /apiserver_request_total\{verb="GET",group="",version="v1",resource="pods",subresource="",scope="resource",code="200"\} 1\n/);
  assert.match(text, /apiserver_request_duration_seconds_sum\{verb="GET",.*\} 0.3\n/);
  assert.ok(!/request_duration_seconds_count\{verb="WATCH"/.test(text));
  assert.match(text, /apiserver_storage_objects\{resource="pods"\} 3\n/);
  assert.match(text, /process_resident_memory_bytes \d+\n/);
});
