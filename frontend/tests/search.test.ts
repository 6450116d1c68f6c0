import { expect, test, vi } from 'vitest';
import { Search } from '#lib/titles/search.svelte.ts';

const page = (number: number, ids: number[], total: number) =>
	Response.json({
		results: ids.map((id) => ({ id, title: `T${id}`, media_type: 'movie' })),
		page: number,
		total_pages: total,
		total_results: 99,
	});

const terms = { query: 'moon', kind: 'all', locale: 'de' } as const;

test('pages are fetched to the last, and doubles between them are dropped', async () => {
	const fetch = vi
		.fn<(address: string, init: RequestInit) => Promise<Response>>()
		.mockResolvedValueOnce(page(1, [1, 2], 3))
		.mockResolvedValueOnce(page(2, [2, 3], 3))
		.mockResolvedValueOnce(page(3, [4], 3));
	vi.stubGlobal('fetch', fetch);
	const search = new Search();
	await search.start(terms);
	expect(search.state).toBe('more');
	await search.more();
	await search.more();
	await search.more();
	expect(search.state).toBe('done');
	expect(search.titles.map((title) => title.id)).toEqual([1, 2, 3, 4]);
	expect(fetch.mock.calls.map(([, init]) => JSON.parse(init.body as string) as unknown)).toEqual(
		[1, 2, 3].map((number) => ({ query: 'moon', page: number, language: 'de' })),
	);
});

test('a stale answer is neither shown nor waited for', async () => {
	let answerFirst: (response: Response) => void = () => undefined;
	const signals: AbortSignal[] = [];
	vi.stubGlobal('fetch', (_address: string, init: RequestInit) => {
		signals.push(init.signal as AbortSignal);
		if (signals.length === 1) return new Promise<Response>((resolve) => (answerFirst = resolve));
		return Promise.resolve(page(1, [2], 1));
	});
	const search = new Search();
	const first = search.start({ ...terms, query: 'mo' });
	await search.start(terms);
	answerFirst(page(1, [1], 1));
	await first;
	expect(signals[0]?.aborted).toBe(true);
	expect(search.titles.map((title) => title.id)).toEqual([2]);
});

test('a failed page can be fetched again', async () => {
	const fetch = vi
		.fn<(address: string, init: RequestInit) => Promise<Response>>()
		.mockResolvedValueOnce(page(1, [1], 2))
		.mockResolvedValueOnce(new Response('', { status: 503 }))
		.mockResolvedValueOnce(page(2, [2], 2));
	vi.stubGlobal('fetch', fetch);
	const search = new Search();
	await search.start(terms);
	await search.more();
	expect([search.state, search.titles.length]).toEqual(['failed', 1]);
	await search.more();
	expect([search.state, search.titles.length]).toEqual(['done', 2]);
});
