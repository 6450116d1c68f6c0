import { call } from '../api/http.ts';
import { Problem } from '../api/problem.ts';
import type { Schema, Unchecked } from '../api/wire.ts';
import { session } from './session.svelte.ts';

/** Ends every session of everybody, and goes on with a new one here. Throws {@link Problem}. */
export async function signOutEverywhere(): Promise<void> {
	const response = await call('/api/auth/sign-out-everywhere', { method: 'POST' });
	const { token } = (await response.json()) as Unchecked<Schema<'Renewed'>>;
	if (typeof token !== 'string' || !token) throw new Problem('server', response.status);
	session.renew(token);
}
