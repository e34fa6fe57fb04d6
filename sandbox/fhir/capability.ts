/** What `GET /metadata` says this server can do. Built from the tables that make it true. */
import type { JsonObject, Resource } from './json.ts';
import type { Repository } from './repository.ts';
import { resourceTypes } from './resource-types.ts';
import { parametersOf } from './search/parameters.ts';

const interactions = [
  'read',
  'vread',
  'update',
  'patch',
  'delete',
  'history-instance',
  'create',
  'search-type',
];

/** @returns the CapabilityStatement of one tenant */
export function capabilityStatement(repo: Repository): Resource {
  const resource: JsonObject[] = resourceTypes.map((type) => {
    const parameters = parametersOf(type);
    const references = [...parameters].filter(([, parameter]) => parameter.type === 'reference');
    return {
      type,
      interaction: interactions.map((code) => ({ code })),
      versioning: 'versioned',
      readHistory: true,
      updateCreate: true,
      conditionalCreate: repo.conditionalCreate,
      conditionalRead: 'not-match',
      conditionalUpdate: true,
      conditionalDelete: 'not-supported',
      referencePolicy: ['literal', 'enforced', 'local'],
      ...(references.length > 0 ? { searchInclude: references.map(([name]) => `${type}:${name}`) } : {}),
      searchParam: [
        { name: '_id', type: 'token' },
        { name: '_lastUpdated', type: 'date' },
        ...[...parameters].map(([name, parameter]) => ({ name, type: parameter.type })),
      ],
    };
  });
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date: repo.now().toISOString(),
    kind: 'instance',
    software: { name: 'Vestibule sandbox FHIR server' },
    implementation: { description: `Practice ${repo.tenant} of the sandbox`, url: repo.base() },
    fhirVersion: '4.0.1',
    format: ['application/fhir+json', 'json'],
    patchFormat: ['application/json-patch+json'],
    rest: [{ mode: 'server', resource, interaction: [{ code: 'transaction' }, { code: 'batch' }] }],
  };
}
