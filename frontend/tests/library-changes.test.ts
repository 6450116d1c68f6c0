import { beforeEach, expect, test, vi } from 'vitest';
import { library } from '#lib/library/library.svelte.ts';
import { removeRequest, requestTitle } from '#lib/requests/actions.ts';
import { requestList } from '#lib/requests/request-list.svelte.ts';
import { session } from '#lib/session/session.svelte.ts';
import { Search } from '#lib/titles/search.svelte.ts';
import { toasts } from '#lib/toasts.svelte.ts';
import { request, title } from './matrix.ts';

const added = { ...request, added_at: '2026-02-01T00:00:00+00:00' };

/** A call that the test answers when it likes. */
interface Asked {
	line: string;
	headers: Headers;
	body: unknown;
	answer: (response: Response) => Promise<void>;
}
let asked: Asked[] = [];
const lines = () => asked.map(({ line }) => line);
const last = () => asked.at(-1) as Asked;

const status = (...requests: object[]) =>
	Response.json({ library: { movie: [], tv: [] }, requests }, { headers: { etag: `W/"${requests.length}"` } });
const list = (...requests: object[]) => Response.json({ requests });
const ok = () => Response.json({ success: true, message: '' });
const stored = () =>
	JSON.parse(localStorage.getItem('library_status') ?? '{}') as { requests?: object[]; etag?: string };

let started = false;

beforeEach(() => {
	vi.useFakeTimers();
	if (!started) {
		library.start();
		requestList.start();
		toasts.start();
		started = true;
	}
	vi.stubGlobal('fetch', () => new Promise(() => {}));
	session.end();
	for (const toast of toasts.list) toasts.act(toast.id);
	session.begin('token', 'Ada');
	asked = [];
	vi.stubGlobal('fetch', (address: string, init: RequestInit) => {
		return new Promise<Response>((resolve) =>
			asked.push({
				line: `${init.method ?? 'GET'} ${address}`,
				headers: new Headers(init.headers),
				body: typeof init.body === 'string' ? JSON.parse(init.body) : undefined,
				answer: async (response) => {
					resolve(response);
					await vi.advanceTimersByTimeAsync(0);
				},
			}),
		);
	});
	return () => vi.useRealTimers();
});

async function known(...requests: object[]) {
	void library.refresh();
	await last().answer(status(...requests));
	asked = [];
}

test('an answer from before a confirmed request is thrown away and asked for again', async () => {
	void library.refresh();
	const early = last();
	const done = requestTitle(title);
	await last().answer(ok());
	await done;
	await early.answer(status());
	expect(library.standing(title)).toBe('requested');
	expect(lines()).toEqual(['GET /api/library-status', 'POST /api/request', 'GET /api/library-status']);
	await last().answer(status(request));
	expect(library.standing(title)).toBe('requested');
	expect(stored().etag).toBe('W/"1"');
});

test('an answer from before a confirmed removal is thrown away and asked for again', async () => {
	await known(request);
	void library.refresh();
	const early = last();
	removeRequest(title);
	await vi.advanceTimersByTimeAsync(8000);
	await last().answer(ok());
	await early.answer(status(request));
	expect(library.standing(title)).toBe('none');
	await last().answer(status());
	expect(library.standing(title)).toBe('none');
	expect(lines().filter((line) => line.startsWith('GET'))).toHaveLength(2);
});

test('who asks while an answer is on its way is told what was so afterwards', async () => {
	const first = library.refresh();
	const second = library.refresh();
	const third = library.refresh();
	expect(asked).toHaveLength(1);
	await last().answer(status());
	await first;
	expect(asked).toHaveLength(2);
	await last().answer(status(request));
	await Promise.all([second, third]);
	expect(asked).toHaveLength(2);
	expect(library.standing(title)).toBe('requested');
});

test('no tag is kept while a change is on its way, nor after one that failed', async () => {
	await known();
	expect(stored().etag).toBe('W/"0"');
	const done = requestTitle(title);
	const change = last();
	void library.refresh();
	await last().answer(status());
	expect(stored().etag).toBeUndefined();
	await change.answer(new Response('{}', { status: 503 }));
	await done;
	expect(library.standing(title)).toBe('none');
	expect(stored()).toMatchObject({ requests: [] });
	expect(stored().etag).toBeUndefined();
	// What is so is asked for, without a tag that could hide it.
	expect(last().line).toBe('GET /api/library-status');
	expect(last().headers.has('if-none-match')).toBe(false);
	await last().answer(status(request));
	expect(library.standing(title)).toBe('requested');
});

test('a removal that failed is stored as taken back', async () => {
	await known(request);
	removeRequest(title);
	void library.refresh();
	await last().answer(status(request));
	expect(stored()).toMatchObject({ requests: [] });
	await vi.advanceTimersByTimeAsync(8000);
	await last().answer(new Response('{}', { status: 503 }));
	expect(stored().requests).toMatchObject([{ tmdb_id: 603 }]);
	expect(library.standing(title)).toBe('requested');
});

test('a wish that somebody else had first is said, and what is so is asked for', async () => {
	await known();
	const done = requestTitle(title);
	expect(last().body).toEqual({ tmdb_id: 603, media_type: 'movie', language: 'en' });
	await last().answer(Response.json({ success: false, message: '' }));
	expect(last().line).toBe('GET /api/library-status');
	await last().answer(status({ ...request, requested_by: 'Bea' }));
	await done;
	expect(library.request(title)?.requested_by).toBe('Bea');
	expect(toasts.list.map((toast) => toast.text)).toEqual(['The Matrix has been requested already.']);
});

test('a wish that was fulfilled before shows as added', async () => {
	await known();
	const done = requestTitle(title);
	await last().answer(Response.json({ success: false, message: '' }));
	await last().answer(status());
	await done;
	expect(library.standing(title)).toBe('added');
});

test('asking again behind a removal that is on its way waits for it', async () => {
	await known(request);
	removeRequest(title);
	toasts.dismiss(toasts.list.at(-1)?.id ?? 0);
	const removal = last();
	const done = requestTitle(title);
	expect(library.standing(title)).toBe('requested');
	expect(lines()).toEqual(['DELETE /api/request/movie/603']);
	await removal.answer(ok());
	expect(last().line).toBe('POST /api/request');
	expect(library.standing(title)).toBe('requested');
	await last().answer(ok());
	await done;
	expect(library.standing(title)).toBe('requested');
});

test('asking twice says so once', async () => {
	const first = requestTitle(title);
	await requestTitle(title);
	await last().answer(ok());
	await first;
	expect(toasts.list).toHaveLength(1);
});

test('a fulfilled request is known from the list, can be removed, and comes back when that fails', async () => {
	await known();
	void requestList.load();
	await last().answer(list(added));
	expect(library.standing(title)).toBe('added');
	removeRequest(title);
	expect(library.standing(title)).toBe('none');
	expect(requestList.find(title)).toBeUndefined();
	await vi.advanceTimersByTimeAsync(8000);
	await last().answer(new Response('{}', { status: 503 }));
	expect(library.standing(title)).toBe('added');
	expect(requestList.find(title)).toBeDefined();
	void requestList.load();
	await last().answer(list());
	expect(library.standing(title)).toBe('none');
});

test('a search tells of requests: those that do not wait have been fulfilled', async () => {
	await known();
	const search = new Search();
	const other = { ...request, tmdb_id: 7 };
	const item = (id: number) => ({ id, media_type: 'movie', title: 'x', requested: true, in_library: false });
	void search.start({ query: 'x', kind: 'all', locale: 'en' });
	await last().answer(Response.json({ results: [item(603), item(7)], total_pages: 1 }));
	expect(library.standing(title)).toBe('none');
	await last().answer(status(other));
	expect(library.standing(title)).toBe('added');
	expect(library.standing({ kind: 'movie', id: 7 })).toBe('requested');
});

test('a list from before a removal does not bring the request back', async () => {
	void requestList.load();
	await last().answer(list(request));
	void requestList.load();
	const early = last();
	removeRequest(title);
	toasts.dismiss(toasts.list.at(-1)?.id ?? 0);
	await last().answer(ok());
	await early.answer(list(request));
	expect(requestList.requests).toEqual([]);
	await last().answer(list());
	expect(requestList.requests).toEqual([]);
});

test('signing out sends what waits, in the name of whoever removed it', async () => {
	await known(request);
	removeRequest(title);
	session.end();
	expect(lines()).toEqual(['DELETE /api/request/movie/603']);
	expect(last().headers.get('authorization')).toBe('Bearer token');
	expect(localStorage.getItem('auth_session')).toBeNull();
	// The next session is not told what the last one could not do.
	session.begin('other', 'Bea');
	await last().answer(new Response('{}', { status: 503 }));
	expect(library.standing(title)).toBe('none');
});

test('a page that goes out of sight sends what waits, and keeps its other messages', async () => {
	await known(request);
	toasts.show('A new version', { lifetime: Infinity });
	removeRequest(title);
	vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden');
	document.dispatchEvent(new Event('visibilitychange'));
	expect(lines()).toEqual(['DELETE /api/request/movie/603']);
	expect(toasts.list.map((toast) => toast.text)).toEqual(['A new version']);
});
