import type { Request } from '../library/status.ts';
import { library } from '../library/library.svelte.ts';
import { requestList } from '../requests/request-list.svelte.ts';
import { fetchDetails } from './details.ts';
import { discovery } from './discovery.svelte.ts';
import { keyOf, type Kind, type Title } from './title.ts';
import { fetchTrending } from './trending.ts';

/**
 * Finds what is known of a title that a link or a notification leads to: seen on this visit, asked
 * for by the household, trending, or known to TMDB. Undefined when there is no such title; throws the
 * problem of the last call.
 */
export async function findTitle(wanted: { kind: Kind; id: number }, locale: string): Promise<Title | undefined> {
	const near = discovery.known(wanted);
	if (near) return near;
	const open = library.request(wanted);
	if (open) return titleOfRequest(open);
	const [trending] = await Promise.all([fetchTrending('all', locale).catch(() => []), requestList.load()]);
	const asked = requestList.find(wanted);
	if (asked) return titleOfRequest(asked);
	return trending.find((title) => keyOf(title) === keyOf(wanted)) ?? fetchDetails(wanted, locale);
}

/** What a request knows of its title. */
export function titleOfRequest(request: Request): Title {
	return {
		kind: request.media_type,
		id: request.tmdb_id,
		title: request.title,
		year: request.year ?? null,
		overview: request.overview ?? '',
		posterPath: request.poster_path ?? null,
		rating: 0,
		seasons: null,
		imdbId: request.imdb_id ?? null,
		tvdbId: request.tvdb_id ?? null,
	};
}
