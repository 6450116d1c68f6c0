import { beforeEach, expect, test, vi } from 'vitest';
import { i18n } from '#lib/i18n/i18n.svelte.ts';
import { push } from '#lib/push/push.svelte.ts';
import { session } from '#lib/session/session.svelte.ts';
import { signOut } from '#lib/session/sign-out.ts';

const key = 'BAEC';
const endpoint = 'https://push.example.com/this-device';

/** What the browser has subscribed, and what the server was asked. */
let subscription: ReturnType<typeof subscribed> | undefined;
let asked: string[] = [];
let serverKnows: string[] = [];
let failing: RegExp | undefined;

function subscribed(applicationServerKey: number[]) {
	return {
		endpoint,
		options: { applicationServerKey: new Uint8Array(applicationServerKey).buffer },
		toJSON: () => ({ endpoint, keys: { p256dh: 'p', auth: 'a' } }),
		unsubscribe: vi.fn(async () => {
			subscription = undefined;
			return true;
		}),
	};
}

beforeEach(() => {
	subscription = undefined;
	asked = [];
	serverKnows = [];
	failing = undefined;
	session.end();
	session.begin('token', 'Ada');
	vi.stubGlobal('Notification', { permission: 'granted', requestPermission: async () => 'granted' });
	vi.stubGlobal('PushManager', class {});
	const pushManager = {
		getSubscription: async () => subscription ?? null,
		subscribe: async ({ applicationServerKey }: { applicationServerKey: Uint8Array }) =>
			(subscription = subscribed([...applicationServerKey])),
	};
	const registration = { pushManager };
	Object.defineProperty(navigator, 'serviceWorker', {
		configurable: true,
		value: { ready: Promise.resolve(registration), getRegistration: async () => registration },
	});
	vi.stubGlobal('fetch', async (address: string, init: RequestInit) => {
		const body = typeof init.body === 'string' ? (JSON.parse(init.body) as Record<string, unknown>) : {};
		const token = new Headers(init.headers).get('authorization');
		asked.push([init.method, address, body.language, token === 'Bearer token' ? '' : token].filter(Boolean).join(' '));
		if (failing?.test(address)) return new Response('{}', { status: 503 });
		if (address.endsWith('vapid-public-key')) return Response.json({ public_key: key });
		if (address.startsWith('/api/push/status')) {
			const wanted = new URL(address, 'http://x').searchParams.get('endpoint') ?? '';
			return Response.json({ subscribed: serverKnows.includes(wanted) });
		}
		return Response.json({ status: 'ok' });
	});
	return () => Reflect.deleteProperty(navigator, 'serviceWorker');
});

const status = `GET /api/push/status?endpoint=${encodeURIComponent(endpoint)}`;

test('another device of the same person says nothing of this one', async () => {
	serverKnows = ['https://push.example.com/another'];
	await push.look();
	expect(push.state).toBe('off');
	subscription = subscribed([4, 1, 2]);
	await push.look();
	expect(asked.at(-1)).toBe(status);
	expect(push.state).toBe('off');
	serverKnows.push(endpoint);
	await push.look();
	expect(push.state).toBe('on');
});

test('a subscription with another key is none, and is made anew', async () => {
	subscription = subscribed([9, 9, 9]);
	const old = subscription;
	serverKnows = [endpoint];
	await push.look();
	expect(push.state).toBe('off');
	await push.turnOn();
	expect(old.unsubscribe).toHaveBeenCalledOnce();
	expect([...new Uint8Array(subscription?.options.applicationServerKey ?? new ArrayBuffer())]).toEqual([4, 1, 2]);
	expect(asked.at(-1)).toBe('POST /api/push/subscribe en');
	expect(push.state).toBe('on');
});

test('the server is told another language at once, and only then', async () => {
	await push.turnOn();
	asked = [];
	await push.tellLanguage();
	expect(asked).toEqual([]);
	await i18n.change('de');
	await push.tellLanguage();
	expect(asked).toEqual(['POST /api/push/subscribe de']);
	asked = [];
	localStorage.setItem('push_language', 'fr');
	serverKnows = [endpoint];
	await push.look();
	expect(asked.at(-1)).toBe('POST /api/push/subscribe de');
});

test('a device without notifications tells no language', async () => {
	await i18n.change('de');
	await push.tellLanguage();
	expect(asked).toEqual([]);
});

test('without the server a look believes the browser, and fails at nothing', async () => {
	subscription = subscribed([4, 1, 2]);
	failing = /./;
	await push.look();
	expect(push.state).toBe('on');
	Object.defineProperty(navigator, 'serviceWorker', {
		configurable: true,
		value: { getRegistration: () => Promise.reject(new Error('storage is full')) },
	});
	push.state = 'unknown';
	await push.look();
	expect(push.state).toBe('off');
});

test('a worker that never gets ready is not waited for without end', async () => {
	vi.useFakeTimers();
	Object.defineProperty(navigator, 'serviceWorker', {
		configurable: true,
		value: { ready: new Promise(() => {}), getRegistration: async () => undefined },
	});
	const turning = expect(push.turnOn()).rejects.toThrow('too long');
	await vi.advanceTimersByTimeAsync(10_000);
	await turning;
	expect(push.busy).toBe(false);
	vi.useRealTimers();
});

test('signing out ends the notifications of this device, on both sides and with the old token', async () => {
	await push.turnOn();
	const own = subscription;
	asked = [];
	await signOut();
	expect(asked).toEqual([`DELETE /api/push/subscribe?endpoint=${encodeURIComponent(endpoint)}`]);
	expect(own?.unsubscribe).toHaveBeenCalledOnce();
	expect(localStorage.getItem('push_language')).toBeNull();
	expect(session.signedIn).toBe(false);
});

test('signing out waits seconds at most, and the browser forgets in any case', async () => {
	await push.turnOn();
	const own = subscription;
	vi.useFakeTimers();
	vi.stubGlobal('fetch', () => new Promise(() => {}));
	const leaving = signOut();
	await vi.advanceTimersByTimeAsync(3000);
	await leaving;
	expect(own?.unsubscribe).toHaveBeenCalledOnce();
	expect(session.signedIn).toBe(false);
	vi.useRealTimers();
});
