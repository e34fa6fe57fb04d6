import { expect, test } from 'vitest';
import { productionProblems } from './production.ts';

type Practices = Parameters<typeof productionProblems>[2];

/** Of a loaded practice only what is looked at. */
const practice = (account: string, pms: string) =>
  [
    { settings: { id: 'aurora' }, accounts: [{ id: 'wa', baseUrl: account }], pms: { baseUrl: pms } },
  ] as unknown as Practices;

const problems = (account: string, pms: string, production = true, generated = false) =>
  productionProblems({ production }, { generated }, practice(account, pms)).map(
    (problem) => problem.split(':')[0],
  );

const [graph, chart] = ['https://graph.facebook.com', 'https://fhir.clinic.example/r4'];

test.each([
  ['the real ones', graph, chart, []],
  ['a practice system on this machine', graph, 'http://127.0.0.1:8081/r4', []],
  ['one behind a tunnel', graph, 'http://[::1]:8081/r4', []],
  ['a simulated provider', 'http://127.0.0.1:8091', chart, ['aurora channels.yaml accounts.wa.baseUrl']],
  ['an unencrypted practice system', graph, 'http://10.0.0.7/r4', ['aurora pms.yaml baseUrl']],
  ['a name that begins like loopback', graph, 'http://127.0.0.1.evil.example/', ['aurora pms.yaml baseUrl']],
  ['nonsense', 'graph', 'chart', ['aurora channels.yaml accounts.wa.baseUrl', 'aurora pms.yaml baseUrl']],
])('production with %s', (_, account, pms, expected) => {
  expect(problems(account, pms)).toEqual(expected);
});

test('production refuses keys that were made up', () => {
  expect(problems(graph, chart, true, true)).toEqual(['VESTIBULE_KEYS']);
});

test('elsewhere all of it is allowed', () => {
  expect(problems('http://127.0.0.1:1', 'http://127.0.0.1:2', false, true)).toEqual([]);
});
