import { beforeEach, expect, test, vi } from 'vitest';
import { networkFirst } from '../src/service-worker/caches.ts';

const request = new Request('https://stellarr.example.com/trending-all-en.json');
let kept: Map<string, Response>;

beforeEach(() => {
	vi.useFakeTimers();
	kept = new Map();
	vi.stubGlobal('caches', {
		open: async () => ({
			match: async ({ url }: Request) => kept.get(url)?.clone(),
			put: async ({ url }: Request, response: Response) => void kept.set(url, response),
		}),
	});
	return () => vi.useRealTimers();
});

/** A network that answers after some milliseconds. */
function network(milliseconds: number, answer: () => Response) {
	vi.stubGlobal(
		'fetch',
		() => new Promise<Response>((resolve, reject) => setTimeout(() => attempt(resolve, reject, answer), milliseconds)),
	);
}

function attempt(resolve: (response: Response) => void, reject: (error: unknown) => void, answer: () => Response) {
	try {
		resolve(answer());
	} catch (error) {
		reject(error);
	}
}

async function ask(milliseconds: number) {
	const waited: Promise<unknown>[] = [];
	let text: string | undefined;
	const answer = networkFirst('data', request, 2000, (more) => waited.push(more)).then(async (response) => {
		text = await response.text();
	});
	answer.catch(() => (text = 'failed'));
	await vi.advanceTimersByTimeAsync(milliseconds);
	return { text: () => text, waited };
}

const down = () => {
	throw new TypeError('network');
};

test('a network that answers in time is believed, and its answer kept', async () => {
	kept.set(request.url, new Response('old'));
	network(1500, () => new Response('new'));
	const { text } = await ask(1500);
	expect(text()).toBe('new');
	expect(await kept.get(request.url)?.clone().text()).toBe('new');
});

test('after two seconds the copy answers, and what comes later is for next time', async () => {
	kept.set(request.url, new Response('old'));
	network(9000, () => new Response('new'));
	const { text, waited } = await ask(1999);
	expect(text()).toBeUndefined();
	await vi.advanceTimersByTimeAsync(1);
	expect(text()).toBe('old');
	await vi.advanceTimersByTimeAsync(9000);
	await Promise.all(waited);
	expect(await kept.get(request.url)?.clone().text()).toBe('new');
});

test('without a copy the network has all the time that it needs', async () => {
	network(9000, () => new Response('new'));
	const { text } = await ask(9000);
	expect(text()).toBe('new');
});

test.each([
	['no network', down],
	['a server that fails', () => new Response('broken', { status: 503 })],
])('%s is answered from the copy', async (_name, answer) => {
	kept.set(request.url, new Response('old'));
	network(10, answer);
	expect((await ask(10)).text()).toBe('old');
});

test('without a network and a copy there is no answer', async () => {
	network(10, down);
	expect((await ask(5000)).text()).toBe('failed');
});
