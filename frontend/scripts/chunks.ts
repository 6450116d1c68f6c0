import type { Rolldown } from 'vite';

/** What Discover cannot show itself without: Kit's runtime and routes, the layout, the error page, the page itself. */
const entries = /\/client-optimized\/(app|nodes\/[012])\.js$|\/kit\/src\/runtime\/client\/client-entry\.js$/;

/**
 * Gathers all that the first view is made of in one file. Split by what routes share, it would be two
 * dozen small ones, and on a slow line each costs more by its round trip than by its size.
 */
export const chunkGroups: Rolldown.CodeSplittingGroup[] = [
	{
		// Runs before all else: Kit's runtime reads while it starts what this has been told.
		name: 'start',
		test: /\/kit\/src\/runtime\/client\/payload\.js$|vite\/preload-helper/,
		priority: 1,
	},
	{
		debugName: 'first-view',
		// Every language's texts share their plurals, which alone would be one more file to wait for.
		name: (id, context) => (isReached(id, context) || /\/paraglide\/registry\.js$/.test(id) ? 'first-view' : null),
	},
];

/** Whether one of the entries imports a module when it starts, itself or through others. */
function isReached(id: string, context: Rolldown.ChunkingContext, seen = new Set<string>()): boolean {
	if (entries.test(id)) return true;
	seen.add(id);
	const importers = context.getModuleInfo(id)?.importers ?? [];
	return importers.some((importer) => !seen.has(importer) && isReached(importer, context, seen));
}
