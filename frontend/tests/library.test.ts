import { beforeEach, expect, test, vi } from 'vitest';
import { library } from '#lib/library/library.svelte.ts';
import { removeRequest, requestTitle } from '#lib/requests/actions.ts';
import { session } from '#lib/session/session.svelte.ts';
import { toasts } from '#lib/toasts.svelte.ts';
import { request, title } from './matrix.ts';

/** Answers each call with the next of the given answers, and records what was asked. */
function answers(...list: (Response | Error)[]) {
	const fetch = vi.fn(async (_address: string, _init: RequestInit) => {
		const next = list.shift();
		if (!next) throw new Error('not expected');
		if (next instanceof Error) throw next;
		return next;
	});
	vi.stubGlobal('fetch', fetch);
	return fetch;
}

const status = (body: object, etag: string) => Response.json(body, { headers: { etag } });

beforeEach(() => {
	vi.useFakeTimers();
	session.end();
	session.begin('token', 'Ada');
	for (const toast of toasts.list) toasts.act(toast.id);
	return () => vi.useRealTimers();
});

test('badges come from the library status, which is asked for again by its tag', async () => {
	library.start();
	const fetch = answers(
		status({ library: { movie: [1], tv: [2] }, requests: [request] }, 'W/"a"'),
		new Response(null, { status: 304 }),
	);
	await library.refresh();
	expect(library.standing({ kind: 'movie', id: 1 })).toBe('library');
	expect(library.standing({ kind: 'tv', id: 1 })).toBe('none');
	expect(library.standing(title)).toBe('requested');
	await library.refresh();
	const headers = (call: number) => fetch.mock.calls[call]?.[1].headers as Headers;
	expect(headers(0).get('authorization')).toBe('Bearer token');
	expect(headers(0).get('if-none-match')).toBeNull();
	expect(headers(1).get('if-none-match')).toBe('W/"a"');
	expect(library.standing(title)).toBe('requested');
	const stored = JSON.parse(localStorage.getItem('library_status') ?? '{}') as Record<string, unknown>;
	expect(stored).toMatchObject({ library: { movie: [1], tv: [2] }, etag: 'W/"a"' });
});

test('a request shows at once and stays when the server takes it', async () => {
	answers(Response.json({ success: true, message: '' }));
	const done = requestTitle(title);
	expect(library.standing(title)).toBe('requested');
	await done;
	expect(library.standing(title)).toBe('requested');
	expect(library.request(title)?.requested_by).toBe('Ada');
	expect(toasts.list.map((toast) => toast.tone)).toEqual(['info']);
});

test('a request that the server refuses is taken back with a message', async () => {
	answers(new Response('{}', { status: 503 }));
	await requestTitle(title);
	expect(library.standing(title)).toBe('none');
	expect(toasts.list.at(-1)).toMatchObject({ tone: 'error' });
	expect(toasts.list.at(-1)?.text).toContain('The Matrix could not be requested');
});

test('asking twice sends once', async () => {
	const fetch = answers(Response.json({ success: true, message: '' }));
	await Promise.all([requestTitle(title), requestTitle(title)]);
	expect(fetch).toHaveBeenCalledOnce();
});

async function requested() {
	answers(status({ library: { movie: [], tv: [] }, requests: [request] }, 'W/"b"'));
	await library.refresh();
}

test('a removal is sent when its time to undo is over', async () => {
	await requested();
	const fetch = answers(Response.json({ success: true, message: '' }));
	removeRequest(title);
	expect(library.standing(title)).toBe('none');
	expect(fetch).not.toHaveBeenCalled();
	await vi.advanceTimersByTimeAsync(8000);
	expect(fetch.mock.calls[0]?.[0]).toBe('/api/request/movie/603');
	expect(fetch.mock.calls[0]?.[1].method).toBe('DELETE');
	expect(library.standing(title)).toBe('none');
});

test('undo sends nothing', async () => {
	await requested();
	const fetch = answers();
	removeRequest(title);
	toasts.act(toasts.list.at(-1)?.id ?? 0);
	await vi.advanceTimersByTimeAsync(60_000);
	expect(library.standing(title)).toBe('requested');
	expect(fetch).not.toHaveBeenCalled();
});

test('asking again for what is being removed undoes the removal', async () => {
	await requested();
	const fetch = answers();
	removeRequest(title);
	await requestTitle(title);
	await vi.advanceTimersByTimeAsync(60_000);
	expect(library.standing(title)).toBe('requested');
	expect(fetch).not.toHaveBeenCalled();
});

test('a refresh leaves a removal alone that is not sent yet', async () => {
	await requested();
	removeRequest(title);
	answers(
		status({ library: { movie: [], tv: [] }, requests: [request] }, 'W/"c"'),
		Response.json({ success: true, message: '' }),
	);
	await library.refresh();
	expect(library.standing(title)).toBe('none');
	await vi.advanceTimersByTimeAsync(8000);
	expect(library.standing(title)).toBe('none');
});

test('a removal that fails brings the request back', async () => {
	await requested();
	answers(new TypeError('network'));
	removeRequest(title);
	await vi.advanceTimersByTimeAsync(8000);
	expect(library.standing(title)).toBe('requested');
	expect(toasts.list.at(-1)?.text).toContain('offline');
});

test('leaving the page sends what waits', async () => {
	toasts.start();
	await requested();
	const fetch = answers(Response.json({ success: true, message: '' }));
	removeRequest(title);
	window.dispatchEvent(new Event('pagehide'));
	expect(fetch.mock.calls[0]?.[1]).toMatchObject({ method: 'DELETE', keepalive: true });
	await vi.advanceTimersByTimeAsync(0);
});

test('a 401 signs out and forgets the household', async () => {
	library.start();
	await requested();
	answers(new Response('{}', { status: 401 }));
	await expect(library.refresh()).rejects.toMatchObject({ kind: 'unauthorized' });
	expect(session.signedIn).toBe(false);
	expect(session.expired).toBe(true);
	expect(library.standing(title)).toBe('none');
	expect(localStorage.getItem('library_status')).toBeNull();
	expect(localStorage.getItem('auth_session')).toBeNull();
});
