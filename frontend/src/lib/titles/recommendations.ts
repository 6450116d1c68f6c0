import { call } from '../api/http.ts';
import { preloadedOnce } from '../preloaded.ts';
import type { Reason, Title } from './title.ts';
import { titlesOf, type KindFilter } from './trending.ts';

/** Titles that are recommended for the same reason. */
export interface RecommendationRow {
	key: string;
	/** Undefined for the row that mixes the rest. */
	reason: Reason | undefined;
	titles: Title[];
}

/** Fewer titles than this make no row of their own. */
const leastInRow = 3;

/** Asks for what this household might like. */
export async function fetchRecommendations(kind: KindFilter, locale: string, signal: AbortSignal): Promise<Title[]> {
	// The same address as in `app.html`, which asks ahead of time.
	if (kind === 'all') {
		const early = await preloadedOnce(`/api/recommendations?limit=40&locale=${locale}`);
		if (early !== undefined) return titlesOf(early);
	}
	const response = await call('/api/recommendations', {
		query: { media_type: kind === 'all' ? undefined : kind, limit: 40, locale },
		signal,
	});
	return titlesOf(await response.json());
}

/** Groups recommendations by reason, best first; reasons with few titles share a row. */
export function rowsOf(titles: readonly Title[]): RecommendationRow[] {
	const groups = new Map<string, RecommendationRow>();
	for (const title of titles) {
		const key = title.reason ? `${title.reason.kind}:${title.reason.subject ?? ''}` : '';
		const group = groups.get(key) ?? { key, reason: title.reason, titles: [] };
		group.titles.push(title);
		groups.set(key, group);
	}
	const rows = [...groups.values()].filter((row) => row.reason && row.titles.length >= leastInRow);
	const own = new Set(rows.map((row) => row.key));
	const rest = [...groups.values()].filter((row) => !own.has(row.key)).flatMap((row) => row.titles);
	if (rest.length === 0) return rows;
	const mixed = { key: 'rest', reason: undefined, titles: rest };
	const largest = Math.max(0, ...rows.map((row) => row.titles.length));
	return rest.length >= largest ? [mixed, ...rows] : [...rows, mixed];
}
