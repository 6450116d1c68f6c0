import type { components, paths } from './schema.d.ts';

/** A shape of the API by its name in the OpenAPI document. */
export type Schema<Name extends keyof components['schemas']> = components['schemas'][Name];

/** The shape of a request or an answer without the promise that the server keeps to it. */
export type Unchecked<Shape> = { [Key in keyof Shape]?: unknown };

/** A path of the API, with its parameters filled in. */
export type ApiPath = Filled<keyof paths & `/api/${string}`>;

type Filled<Path extends string> = Path extends `${infer Before}{${string}}${infer After}`
	? `${Before}${string}${Filled<After>}`
	: Path;
