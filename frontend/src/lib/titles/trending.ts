import { preloaded } from '../preloaded.ts';
import { titleFromWire, unique, type Kind, type Title } from './title.ts';

export type KindFilter = 'all' | Kind;

/** Where a trending file is. */
export function trendingPath(kind: KindFilter, locale: string): string {
	return `/trending-${kind}-${locale}.json`;
}

/** Fetches a public trending file: what everybody sees, with nothing of this household in it. */
export async function fetchTrending(kind: KindFilter, locale: string, signal?: AbortSignal): Promise<Title[]> {
	const answer = await preloaded(trendingPath(kind, locale), signal);
	return titlesOf(answer);
}

/** Reads the titles of any answer with a `results` or `items` list, dropping what is broken. */
export function titlesOf(answer: unknown): Title[] {
	if (typeof answer !== 'object' || answer === null) return [];
	const { results, items } = answer as { results?: unknown; items?: unknown };
	const list = Array.isArray(results) ? results : items;
	if (!Array.isArray(list)) return [];
	return unique(list.map(titleFromWire).filter((title) => title !== undefined));
}
