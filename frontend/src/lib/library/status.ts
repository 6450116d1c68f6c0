import type { Schema } from '../api/wire.ts';
import { isKind, type Kind } from '../titles/title.ts';

/** A request as the API tells it; absent fields are unknown. Its nulls are dropped on arrival. */
export type Request = {
	[Key in keyof Schema<'MediaRequest'>]: Exclude<Schema<'MediaRequest'>[Key], null>;
};

/** The answer of `/api/library-status`, as kept in localStorage. */
export interface LibraryStatus {
	library: Record<Kind, number[]>;
	/** Requests that are not added yet. */
	requests: Request[];
	/** Milliseconds since 1970 of the last answer. */
	timestamp: number;
	etag?: string;
}

/** How a title stands with the household: `added` is a request that was fulfilled, whatever the library says now. */
export type Standing = 'none' | 'requested' | 'added' | 'library';

/** Reads a stored or received library status; undefined when it is broken. */
export function parseLibraryStatus(value: unknown): LibraryStatus | undefined {
	if (typeof value !== 'object' || value === null) return undefined;
	const { library, requests, timestamp, etag } = value as Record<string, unknown>;
	if (typeof library !== 'object' || library === null || !Array.isArray(requests)) return undefined;
	const ids = (kind: Kind) => {
		const list = (library as Record<string, unknown>)[kind];
		return Array.isArray(list) ? list.filter((id): id is number => typeof id === 'number') : [];
	};
	return {
		library: { movie: ids('movie'), tv: ids('tv') },
		requests: parseRequests(requests),
		timestamp: typeof timestamp === 'number' ? timestamp : 0,
		...(typeof etag === 'string' ? { etag } : {}),
	};
}

/** Keeps the well-formed requests of a list. Nulls, which some stores send for unknown, are dropped. */
export function parseRequests(values: readonly unknown[]): Request[] {
	return values.flatMap((value) => {
		if (typeof value !== 'object' || value === null) return [];
		const known = Object.fromEntries(Object.entries(value).filter(([, field]) => field !== null)) as Partial<Request>;
		const { media_type, tmdb_id, title, created_at } = known;
		if (!isKind(media_type) || typeof tmdb_id !== 'number') return [];
		return [{ ...known, media_type, tmdb_id, title: title ?? `#${tmdb_id}`, created_at: created_at ?? '' }];
	});
}
