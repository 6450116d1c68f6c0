/** The form that sessions have always had in localStorage, so that an upgrade signs nobody out. */
export interface StoredSession {
	authenticated: true;
	/** Milliseconds since 1970, when the session began. */
	timestamp: number;
	token: string;
	name: string;
}

export const sessionKey = 'auth_session';

/** Tokens are accepted for 30 days. */
export const sessionLifetime = 30 * 24 * 3600 * 1000;

/** Reads a stored session; undefined when it is broken or too old for the server to accept. */
export function parseSession(value: unknown, now: number): StoredSession | undefined {
	if (typeof value !== 'object' || value === null) return undefined;
	const { authenticated, timestamp, token, name } = value as Record<string, unknown>;
	if (authenticated !== true || typeof timestamp !== 'number' || typeof token !== 'string' || token === '') {
		return undefined;
	}
	if (now - timestamp >= sessionLifetime) return undefined;
	return { authenticated, timestamp, token, name: typeof name === 'string' ? name : '' };
}
