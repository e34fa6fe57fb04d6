import { expect, test } from 'vitest';
import { freePort } from '../../test/ports.ts';
import { metricNames, openMetrics } from './metrics.ts';

test('the counters are served where Prometheus looks, each with what it counts', async () => {
  const port = await freePort();
  const metrics = await openMetrics(port);
  metrics.count('vestibule_turns', { practice: 'aurora' });
  metrics.count('vestibule_turns', { practice: 'aurora' }, 2);
  const served = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  expect(served).toMatch(/^vestibule_turns(_total)?\{practice="aurora".*\} 3\b/m);
  expect(served).toContain(metricNames.vestibule_turns);
  await metrics.close();
  await expect(fetch(`http://127.0.0.1:${port}/metrics`)).rejects.toThrow();
});

test('turned off, they are counted nowhere', async () => {
  const metrics = await openMetrics(0);
  metrics.count('vestibule_turns', { practice: 'aurora' });
  await metrics.close();
});
