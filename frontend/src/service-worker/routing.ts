/** Who answers a request: a cache of ours, or nobody but the network. */
export type Route = 'shell' | 'page' | 'data' | 'poster' | 'network';

/** What belongs to the API and to other programs: never cached, never answered by a page. */
const foreign = /^\/(api|list|rss|webhook|sync)(\/|$)/;

/** The public files that the last copy of is better than nothing. */
const data = /^\/(trending-[^/]+\.json|config\.json)$/;

/** A poster of TMDB's image server or of a stand-in for it. */
const poster = /\/w\d+\/[^/]+\.(jpg|jpeg|png|webp|svg)$/;

/** Decides who answers a request. */
export function routeOf(
	request: Pick<Request, 'method' | 'url' | 'mode' | 'destination'>,
	origin: string,
	shell: readonly string[],
): Route {
	if (request.method !== 'GET') return 'network';
	const url = new URL(request.url);
	if (request.destination === 'image' && poster.test(url.pathname)) return 'poster';
	if (url.origin !== origin || foreign.test(url.pathname)) return 'network';
	if (data.test(url.pathname)) return 'data';
	if (request.mode === 'navigate') return 'page';
	return shell.includes(url.pathname) ? 'shell' : 'network';
}
