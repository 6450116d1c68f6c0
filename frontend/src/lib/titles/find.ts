import type { Request } from '../library/status.ts';
import { library } from '../library/library.svelte.ts';
import { requestList } from '../requests/request-list.svelte.ts';
import { discovery } from './discovery.svelte.ts';
import { keyOf, type Kind, type Title } from './title.ts';
import { fetchTrending } from './trending.ts';

/**
 * Finds what is known of a title that a link or a notification leads to: seen on this visit, asked
 * for by the household, or trending. Undefined when nobody here has heard of it.
 */
export async function findTitle(wanted: { kind: Kind; id: number }, locale: string): Promise<Title | undefined> {
	const near = discovery.known(wanted);
	if (near) return near;
	const open = library.request(wanted);
	if (open) return titleOfRequest(open);
	await requestList.load();
	const asked = requestList.find(wanted);
	if (asked) return titleOfRequest(asked);
	const trending = await fetchTrending('all', locale).catch(() => []);
	return trending.find((title) => keyOf(title) === keyOf(wanted));
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
