import { push } from '../push/push.svelte.ts';
import { session } from './session.svelte.ts';

/** Signs out on this device, which then gets no more notifications: they are for whoever was signed in. */
export async function signOut(): Promise<void> {
	await push.forget();
	session.end();
}
