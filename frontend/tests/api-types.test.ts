import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { apiTypes, apiTypesFile } from '../scripts/openapi.ts';

test('the types are those of the committed OpenAPI document; if not, run `npm run api-types`', async () => {
	expect(readFileSync(apiTypesFile, 'utf8')).toBe(await apiTypes());
});
