import type { Request } from '../library/status.ts';
import { isSameMember } from '../session/name.ts';
import type { KindFilter } from '../titles/trending.ts';

export type StatusFilter = 'pending' | 'added' | 'all';

export interface RequestFilter {
	kind: KindFilter;
	status: StatusFilter;
	/** Only requests of this member; undefined = everyone's. */
	by: string | undefined;
}

/** Says whether a request passes a filter. */
export function passes(request: Request, filter: RequestFilter): boolean {
	const added = request.added_at !== undefined;
	return (
		(filter.kind === 'all' || request.media_type === filter.kind) &&
		(filter.status === 'all' || (filter.status === 'added') === added) &&
		(filter.by === undefined || (request.requested_by !== undefined && isSameMember(request.requested_by, filter.by)))
	);
}

/** Counts what each choice of one part of a filter would show, the other parts staying as they are. */
export function counts(requests: readonly Request[], filter: RequestFilter) {
	const number = (change: Partial<RequestFilter>) =>
		requests.filter((request) => passes(request, { ...filter, ...change })).length;
	return {
		kind: { all: number({ kind: 'all' }), movie: number({ kind: 'movie' }), tv: number({ kind: 'tv' }) },
		status: {
			pending: number({ status: 'pending' }),
			added: number({ status: 'added' }),
			all: number({ status: 'all' }),
		},
	};
}

/** Names the id whose lack keeps Radarr from being sure (IMDb) or Sonarr from seeing it at all (TVDB). */
export function missingId(request: Request): 'imdb' | 'tvdb' | undefined {
	if (request.added_at !== undefined) return undefined;
	if (request.media_type === 'movie') return request.imdb_id ? undefined : 'imdb';
	return request.tvdb_id ? undefined : 'tvdb';
}
