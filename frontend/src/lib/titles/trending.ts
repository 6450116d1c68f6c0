import { preloaded } from '../preloaded.ts';
import { titleFromWire, unique, type Kind, type Title } from './title.ts';

export type KindFilter = 'all' | Kind;

/** Where a trending file is. */
export function trendingPath(kind: KindFilter, locale: string): string {
	return `/trending-${kind}-${locale}.json`;
}

/** Fetches a public trending file: what everybody sees, with nothing of this household in it. */
export async function fetchTrending(kind: KindFilter, locale: string, signal?: AbortSignal): Promise<Title[]> {
	try {
		return titlesOf(await preloaded(trendingPath(kind, locale), signal));
	} catch (error) {
		if (kind === 'all' || signal?.aborted) throw error;
		// Without a network there may be a copy of the list that everybody sees first.
		const all = titlesOf(await preloaded(trendingPath('all', locale), signal));
		return all.filter((title) => title.kind === kind);
	}
}

/** Reads the titles of any answer with a `results` or `items` list, dropping what is broken. */
export function titlesOf(answer: unknown): Title[] {
	if (typeof answer !== 'object' || answer === null) return [];
	const { results, items } = answer as { results?: unknown; items?: unknown };
	const list = Array.isArray(results) ? results : items;
	if (!Array.isArray(list)) return [];
	return unique(list.map(titleFromWire).filter((title) => title !== undefined));
}
