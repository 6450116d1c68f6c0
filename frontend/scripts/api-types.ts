/** Writes the types of the API from its committed OpenAPI document: `npm run api-types`. */
import { writeFileSync } from 'node:fs';
import { apiTypes, apiTypesFile } from './openapi.ts';

writeFileSync(apiTypesFile, await apiTypes());
