import { call } from '../api/http.ts';
import type { Schema, Unchecked } from '../api/wire.ts';
import { Problem } from '../api/problem.ts';
import { answerInWorker } from './challenge-worker.ts';
import { session } from './session.svelte.ts';

interface Parameters {
	iterations: number;
	/** How far the server's clock is ahead of this device's, in milliseconds. */
	clockOffset: number;
}

/** What the API says of an answer that was used before. */
const USED = 'This login was used before; sign in again';

let parameters: Promise<Parameters> | undefined;

/** Asks for the number of iterations ahead of time, which also wakes the API up. */
export function prepare(): void {
	parameters ??= fetchParameters();
	parameters.catch(() => (parameters = undefined));
}

/** Signs in. Throws {@link Problem}: `unauthorized` for a wrong password, `rate-limited` for too many. */
export async function signIn(name: string, password: string): Promise<void> {
	prepare();
	const { iterations, clockOffset } = await (parameters ?? fetchParameters());
	const timestamp = Math.floor((Date.now() + clockOffset) / 1000);
	const verify = async (timestamp: number): Promise<Response> => {
		const challenge = await answerInWorker({ password, origin: location.origin, timestamp, iterations });
		return call('/api/auth/verify', {
			method: 'POST',
			body: { ...challenge, name } satisfies Schema<'VerifyRequest'>,
			signed: false,
		});
	};
	const response = await verify(timestamp).catch((error: unknown) => {
		if (!(error instanceof Problem) || error.detail !== USED) throw error;
		// Somebody else of the household signed in during this very second. Any second of the last minutes does.
		return verify(timestamp - 1 - Math.floor(Math.random() * 60));
	});
	const answer = (await response.json()) as Partial<Schema<'Verified'>>;
	if (!answer.valid || !answer.token) throw new Problem('unauthorized', response.status);
	session.begin(answer.token, answer.name ?? name);
}

async function fetchParameters(): Promise<Parameters> {
	const response = await call('/api/auth/params', { signed: false });
	const { iterations } = (await response.json()) as Unchecked<Schema<'AuthParams'>>;
	if (typeof iterations !== 'number' || !Number.isInteger(iterations) || iterations < 1) {
		throw new Problem('server', response.status);
	}
	// A device whose clock is wrong could never sign in, and would be told that its password is.
	const serverTime = Date.parse(response.headers.get('date') ?? '');
	return { iterations, clockOffset: Number.isNaN(serverTime) ? 0 : serverTime - Date.now() };
}
