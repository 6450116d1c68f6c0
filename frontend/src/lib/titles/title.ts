export type Kind = 'movie' | 'tv';

/** A film or series, wherever it was heard of. */
export interface Title {
	kind: Kind;
	/** TMDB's id; ids of films and series overlap. */
	id: number;
	title: string;
	year: number | null;
	overview: string;
	posterPath: string | null;
	/** 0 to 10; 0 means that nobody has voted. */
	rating: number;
	/** Known for search results that are series. */
	seasons: number | null;
	imdbId: string | null;
	tvdbId: number | null;
	/** Why it is recommended. */
	reason?: Reason;
}

export interface Reason {
	kind: string;
	/** The title that the reason speaks of. */
	subject: string | null;
}

/** Names a title across kinds. */
export function keyOf(title: { kind: Kind; id: number }): string {
	return `${title.kind}-${title.id}`;
}

/** The page of a title; it works as a deep link. */
export function pathOf(title: { kind: Kind; id: number }): `/title/${Kind}/${number}` {
	return `/title/${title.kind}/${title.id}`;
}

export function isKind(value: unknown): value is Kind {
	return value === 'movie' || value === 'tv';
}

/**
 * Reads the item shape that trending files, search and recommendations share. Undefined when it is
 * not a film or series, or has no usable id.
 */
export function titleFromWire(value: unknown): Title | undefined {
	if (typeof value !== 'object' || value === null) return undefined;
	const item = value as Record<string, unknown>;
	const id = item.id ?? item.tmdb_id;
	if (!isKind(item.media_type) || typeof id !== 'number' || !Number.isInteger(id) || id <= 0) return undefined;
	const number = (key: string) => (typeof item[key] === 'number' ? item[key] : null);
	const text = (key: string) => (typeof item[key] === 'string' && item[key] !== '' ? item[key] : null);
	const reason = reasonFromWire(item.reason);
	const tvdbId = number('tvdb_id');
	return {
		kind: item.media_type,
		id,
		title: text('title') ?? `#${id}`,
		year: number('year'),
		overview: text('overview') ?? '',
		posterPath: text('poster_path'),
		rating: number('vote_average') ?? 0,
		seasons: number('number_of_seasons'),
		imdbId: text('imdb_id'),
		tvdbId: tvdbId !== null && tvdbId > 0 ? tvdbId : null,
		...(reason ? { reason } : {}),
	};
}

function reasonFromWire(value: unknown): Reason | undefined {
	if (typeof value === 'string') return { kind: value, subject: null };
	if (typeof value !== 'object' || value === null) return undefined;
	const reason = value as Record<string, unknown>;
	const { kind, title } = reason;
	if (typeof kind !== 'string') return undefined;
	return { kind, subject: typeof title === 'string' && title !== '' ? title : null };
}

/** Keeps the first of each title, in order. */
export function unique(titles: readonly Title[]): Title[] {
	const seen = new Set<string>();
	return titles.filter((title) => {
		const key = keyOf(title);
		if (seen.has(key)) return false;
		seen.add(key);
		return true;
	});
}
