import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createMetrics } from './metrics.ts';

describe('metrics', () => {
  test('counters and gauges render in the Prometheus text format, sorted by name', () => {
    const metrics = createMetrics();
    const requests = metrics.counter('requests_total', 'How many.', ['verb', 'code']);
    requests.labels('GET', '200').add();
    requests.labels('GET', '200').add(2);
    requests.labels('a"b\\c\nd', '1').add();
    const size = metrics.gauge('a_size', 'Bytes.').labels();
    metrics.collect(() => size.set(7));
    assert.equal(
      metrics.render(),
      '# HELP a_size Bytes.\n# TYPE a_size gauge\na_size 7\n' +
        '# HELP requests_total How many.\n# TYPE requests_total counter\n' +
        'requests_total{verb="GET",code="200"} 3\nrequests_total{verb="a\\"b\\\\c\\nd",code="1"} 1\n',
    );
    requests.remove('GET', '200');
    assert.ok(!metrics.render().includes('GET'));
  });

  test('histograms count each observation in every bucket that holds it', () => {
    const metrics = createMetrics();
    const seconds = metrics.histogram('seconds', 'Time.', [0.1, 1], ['verb']).labels('GET');
    for (const value of [0.05, 0.1, 0.5, 3]) seconds.observe(value);
    assert.match(metrics.render(), /le="0.1"} 2\n.*le="1"} 3\n.*le="\+Inf"} 4\nseconds_sum{verb="GET"} 3.65\nseconds_count{verb="GET"} 4\n/s);
  });

  test('mistakes are named', () => {
    const metrics = createMetrics();
    metrics.counter('x', 'X.');
    assert.throws(() => metrics.gauge('x', 'X.'), /exists already/);
    assert.throws(() => metrics.counter('y', 'Y.', ['a']).labels(), /give a value for each/);
  });
});
