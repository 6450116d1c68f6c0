import openapiTypescript, { astToString, type OpenAPI3 } from 'openapi-typescript';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

/** The API's own snapshot of its document, which its tests keep true. */
const document = join(root, '..', 'functions', 'api', 'openapi.json');

export const apiTypesFile = join(root, 'src', 'lib', 'api', 'schema.d.ts');

/** Generates the types from the document. */
export async function apiTypes(): Promise<string> {
	const openapi = JSON.parse(readFileSync(document, 'utf8')) as OpenAPI3;
	// Paths name operations well enough; the document's own names are those of functions, not all unique.
	for (const path of Object.values(openapi.paths ?? {})) {
		for (const operation of Object.values(path)) {
			if (typeof operation === 'object' && 'operationId' in operation) delete operation.operationId;
		}
	}
	const types = astToString(await openapiTypescript(openapi));
	return `// Generated from functions/api/openapi.json by \`npm run api-types\`.\n\n${types}`;
}
