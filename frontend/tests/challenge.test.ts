import { afterEach, expect, test, vi } from 'vitest';
import { answerChallenge } from '#lib/session/challenge.ts';

// Computed independently of this code and of the server's.
const input = {
	password: 'correct horse battery staple',
	origin: 'https://stellarr.example.com',
	timestamp: 1_700_000_000,
	iterations: 100_000,
};
const hash = '8730aaf17a41b06c5b9481a0e33db6cdb18f961bbbc8b6350b190b478dbfb54d';

afterEach(() => vi.unstubAllGlobals());

test('answers the challenge with WebCrypto', async () => {
	const derive = vi.spyOn(crypto.subtle, 'deriveBits');
	expect(await answerChallenge(input)).toEqual({ origin: input.origin, timestamp: input.timestamp, hash });
	expect(derive).toHaveBeenCalledOnce();
});

test('answers it the same without WebCrypto, as over plain http', async () => {
	vi.stubGlobal('crypto', { subtle: undefined });
	expect(await answerChallenge(input)).toEqual({ origin: input.origin, timestamp: input.timestamp, hash });
});

test('depends on the password, the origin, the time and the iterations', async () => {
	const few = { ...input, iterations: 10 };
	const hashes = await Promise.all([
		answerChallenge(few),
		answerChallenge({ ...few, password: 'Correct horse battery staple' }),
		answerChallenge({ ...few, origin: 'https://other.example.com' }),
		answerChallenge({ ...few, timestamp: 1_700_000_001 }),
		answerChallenge({ ...few, iterations: 11 }),
	]);
	expect(new Set(hashes.map((challenge) => challenge.hash)).size).toBe(5);
});
