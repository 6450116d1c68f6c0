/** What the server needs to check a password that it is never sent. */
export interface Challenge {
	origin: string;
	/** Unix seconds; the server accepts five minutes either way. */
	timestamp: number;
	/** Lower-case hex SHA-256 of `<derived hex>:<timestamp>`. */
	hash: string;
}

export interface ChallengeInput {
	password: string;
	/** The page's origin, which is the salt. */
	origin: string;
	timestamp: number;
	/** From `/api/auth/params`. */
	iterations: number;
}

/** Answers the server's challenge: PBKDF2-HMAC-SHA-256 over the password, then SHA-256 with the time. */
export async function answerChallenge(input: ChallengeInput): Promise<Challenge> {
	const { password, origin, timestamp, iterations } = input;
	const text = new TextEncoder();
	const hashing = hasSubtle() ? native : await import('./challenge-fallback.ts');
	const derived = await hashing.derive(text.encode(password), text.encode(origin), iterations);
	const hash = await hashing.digest(text.encode(`${hex(derived)}:${timestamp}`));
	return { origin, timestamp, hash: hex(hash) };
}

// Over plain http on a home network browsers hide `crypto.subtle`.
function hasSubtle(): boolean {
	return typeof crypto !== 'undefined' && typeof crypto.subtle?.deriveBits === 'function';
}

const native = {
	async derive(password: Uint8Array<ArrayBuffer>, salt: Uint8Array<ArrayBuffer>, iterations: number) {
		const key = await crypto.subtle.importKey('raw', password, 'PBKDF2', false, ['deriveBits']);
		const parameters = { name: 'PBKDF2', hash: 'SHA-256', salt, iterations };
		return new Uint8Array(await crypto.subtle.deriveBits(parameters, key, 256));
	},
	async digest(data: Uint8Array<ArrayBuffer>) {
		return new Uint8Array(await crypto.subtle.digest('SHA-256', data));
	},
};

function hex(bytes: Uint8Array): string {
	return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
