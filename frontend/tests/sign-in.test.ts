import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Problem } from '#lib/api/problem.ts';
import { session } from '#lib/session/session.svelte.ts';
import { signIn } from '#lib/session/sign-in.ts';

type Body = { timestamp: number; hash: string; name: string };

const fetch = vi.fn<(address: string, init: RequestInit) => Promise<Response>>();
const used = () => Response.json({ detail: 'This login was used before; sign in again' }, { status: 401 });
const wrong = () => Response.json({ detail: 'Invalid password' }, { status: 401 });
const opened = () => Response.json({ valid: true, token: 'token', name: 'Zoë' });

/** Answers the logins one after the other, and the question for the iterations before them. */
function answer(...logins: Response[]): void {
	fetch.mockImplementation((address) =>
		Promise.resolve(address === '/api/auth/params' ? Response.json({ iterations: 10 }) : (logins.shift() ?? used())),
	);
}

const sent = () =>
	fetch.mock.calls
		.filter(([address]) => address === '/api/auth/verify')
		.map(([, init]) => JSON.parse(init.body as string) as Body);

beforeEach(() => {
	fetch.mockReset();
	vi.stubGlobal('fetch', fetch);
	vi.useFakeTimers({ now: 1_800_000_000_500, toFake: ['Date'] });
});
afterEach(() => {
	vi.useRealTimers();
	vi.unstubAllGlobals();
	session.end();
});

test('two people who sign in during the same second both get in', async () => {
	answer(used(), opened());
	await signIn('Zoë', 'password');
	expect(session.token).toBe('token');
	const [first, second] = sent();
	expect(sent()).toHaveLength(2);
	expect(first?.timestamp).toBe(1_800_000_000);
	// The clock stands still here: another second is taken, one that the API accepts.
	expect(second?.timestamp).toBeLessThan(1_800_000_000);
	expect(second?.timestamp).toBeGreaterThanOrEqual(1_800_000_000 - 61);
	expect(second?.hash).not.toBe(first?.hash);
});

test('it is tried once more only', async () => {
	answer(used(), used(), opened());
	await expect(signIn('Zoë', 'password')).rejects.toMatchObject({ kind: 'unauthorized' });
	expect(sent()).toHaveLength(2);
});

test('a wrong password is not tried again', async () => {
	answer(wrong(), opened());
	const problem: unknown = await signIn('Zoë', 'password').catch((error: unknown) => error);
	expect(problem).toBeInstanceOf(Problem);
	expect(sent()).toHaveLength(1);
	expect(session.signedIn).toBe(false);
});
