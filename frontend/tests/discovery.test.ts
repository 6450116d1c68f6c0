import { beforeEach, expect, test, vi } from 'vitest';
import { requestList } from '#lib/requests/request-list.svelte.ts';
import { library } from '#lib/library/library.svelte.ts';
import { session } from '#lib/session/session.svelte.ts';
import { fetchDetails } from '#lib/titles/details.ts';
import { discovery } from '#lib/titles/discovery.svelte.ts';
import { findTitle } from '#lib/titles/find.ts';

const item = (id: number, kind = 'movie') => ({ id, media_type: kind, title: `Title ${id}`, vote_average: 7 });

/** What each address answers; others answer 404. */
let answers: Record<string, () => Response>;
let asked: string[];

const settle = () => vi.advanceTimersByTimeAsync(0);

beforeEach(() => {
	vi.useFakeTimers();
	session.end();
	session.begin('token', 'Ada');
	discovery.kind = 'all';
	discovery.awaitsRows = true;
	asked = [];
	answers = {
		'/trending-all-en.json': () => Response.json({ results: [item(1), item(2, 'tv')] }),
		'/api/recommendations': () => Response.json({ items: [] }),
		'/api/requests': () => Response.json({ requests: [] }),
		'/api/library-status': () => Response.json({ library: { movie: [], tv: [] }, requests: [] }),
	};
	vi.stubGlobal('fetch', async (address: string) => {
		asked.push(address);
		const path = address.split('?')[0] ?? '';
		return answers[path]?.() ?? new Response('{}', { status: 404 });
	});
	return () => vi.useRealTimers();
});

async function show() {
	discovery.reload('en');
	await settle();
}

test('that there is nothing to recommend is remembered only when the server has said so', async () => {
	const remembered = () => localStorage.getItem('recommendations_empty');
	answers['/api/recommendations'] = () => new Response('{}', { status: 503 });
	await show();
	expect([discovery.state, discovery.awaitsRows, remembered()]).toEqual(['ready', false, null]);
	answers['/api/recommendations'] = () => Response.json({ items: [] });
	discovery.kind = 'tv';
	await show();
	expect(remembered()).toBeNull();
	discovery.kind = 'all';
	await show();
	expect(remembered()).toBe('true');
	answers['/api/recommendations'] = () => Response.json({ items: [item(3)] });
	await show();
	expect(remembered()).toBeNull();
});

test('what is shown is asked for again after an hour, and stays when that fails', async () => {
	await show();
	asked = [];
	await vi.advanceTimersByTimeAsync(3599_000);
	discovery.show('en');
	await settle();
	expect(asked).toEqual([]);
	await vi.advanceTimersByTimeAsync(1000);
	answers['/trending-all-en.json'] = () => Response.json({ results: [item(5)] });
	discovery.show('en');
	expect(discovery.state).toBe('ready');
	await settle();
	expect(discovery.trending.map(({ id }) => id)).toEqual([5]);
	await vi.advanceTimersByTimeAsync(3600_000);
	answers['/trending-all-en.json'] = () => new Response('', { status: 503 });
	discovery.show('en');
	await settle();
	expect(discovery.state).toBe('ready');
	expect(discovery.trending.map(({ id }) => id)).toEqual([5]);
});

test('films or series are taken from the list of all when their own does not come', async () => {
	discovery.kind = 'tv';
	await show();
	expect(discovery.state).toBe('ready');
	expect(discovery.trending.map(({ id }) => id)).toEqual([2]);
});

test('before the list of requests has come, those that badges are drawn from stand in for it', async () => {
	const request = (id: number, day: number) => ({
		media_type: 'movie',
		tmdb_id: id,
		title: `Title ${id}`,
		created_at: `2026-01-0${day}T00:00:00+00:00`,
	});
	answers['/api/library-status'] = () =>
		Response.json({ library: { movie: [], tv: [] }, requests: [request(7, 1), request(8, 2)] });
	requestList.start();
	session.end();
	session.begin('token', 'Ada');
	await library.refresh();
	expect(requestList.requests.map((known) => known.tmdb_id)).toEqual([8, 7]);
	answers['/api/requests'] = () => new Response('{}', { status: 503 });
	await requestList.load();
	expect(requestList.state).toBe('failed');
	expect(requestList.requests).toHaveLength(2);
});

test('a title that nobody here has heard of is asked of TMDB, once a language', async () => {
	answers['/api/title/tv/77'] = () =>
		Response.json({ ...item(77, 'tv'), number_of_seasons: 9, imdb_id: 'tt77', tvdb_id: 770 });
	const title = await findTitle({ kind: 'tv', id: 77 }, 'en');
	expect(title).toMatchObject({ title: 'Title 77', seasons: 9, imdbId: 'tt77', tvdbId: 770 });
	await fetchDetails({ kind: 'tv', id: 77 }, 'en');
	await fetchDetails({ kind: 'tv', id: 77 }, 'de');
	expect(asked.filter((address) => address.startsWith('/api/title/'))).toEqual([
		'/api/title/tv/77?language=en',
		'/api/title/tv/77?language=de',
	]);
});

test('a title that does not exist is none, and one that could not be asked for may be asked for again', async () => {
	expect(await findTitle({ kind: 'movie', id: 78 }, 'en')).toBeUndefined();
	answers['/api/title/movie/79'] = () => new Response('{}', { status: 502 });
	await expect(findTitle({ kind: 'movie', id: 79 }, 'en')).rejects.toMatchObject({ status: 502 });
	answers['/api/title/movie/79'] = () => Response.json(item(79));
	expect(await findTitle({ kind: 'movie', id: 79 }, 'en')).toMatchObject({ id: 79 });
});
