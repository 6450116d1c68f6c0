import { call } from '../api/http.ts';
import { Problem } from '../api/problem.ts';
import type { Schema, Unchecked } from '../api/wire.ts';
import { session } from './session.svelte.ts';

/** Ends the sessions of all members, and renews the one on this device. Throws {@link Problem}. */
export async function signOutEverywhere(): Promise<void> {
	const response = await call('/api/auth/sign-out-everywhere', { method: 'POST' });
	const { token } = (await response.json()) as Unchecked<Schema<'Renewed'>>;
	if (typeof token !== 'string' || !token) throw new Problem('server', response.status);
	session.renew(token);
}
