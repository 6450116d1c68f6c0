import { readStored, removeStored, writeStored } from '../storage.ts';
import { parseSession, sessionKey, type StoredSession } from './stored-session.ts';

/** Holds who is signed in on this device. */
class Session {
	#stored = $state.raw<StoredSession>();
	/** Whether the server ended the session, which the sign-in page explains. */
	expired = $state(false);
	readonly #lastWords = new Set<() => void>();
	readonly #endings = new Set<() => void>();

	get signedIn(): boolean {
		return this.#stored !== undefined;
	}

	get name(): string {
		return this.#stored?.name ?? '';
	}

	get token(): string | undefined {
		return this.#stored?.token;
	}

	/** Takes up the session of an earlier visit, and follows sign-in and sign-out in other tabs. */
	start(): void {
		this.#stored = parseSession(readStored(sessionKey), Date.now());
		addEventListener('storage', (event) => {
			if (event.key !== sessionKey && event.key !== null) return;
			const stored = parseSession(readStored(sessionKey), Date.now());
			if (stored) this.#stored = stored;
			else if (this.#stored) this.#end();
		});
	}

	begin(token: string, name: string): void {
		this.#stored = { authenticated: true, timestamp: Date.now(), token, name };
		this.expired = false;
		writeStored(sessionKey, this.#stored);
	}

	/** Goes on with another token, which lasts no longer than the first would have. */
	renew(token: string): void {
		if (!this.#stored) return;
		this.#stored = { ...this.#stored, token };
		writeStored(sessionKey, this.#stored);
	}

	/** Signs out on this device. `expired` when it was the server's wish. */
	end(expired = false): void {
		if (!this.#stored) return;
		this.#end();
		this.expired = expired;
		removeStored(sessionKey);
	}

	/** Calls back right before a session ends, while its token still counts: what waits to be sent is sent now. */
	beforeEnd(callback: () => void): void {
		this.#lastWords.add(callback);
	}

	/** Calls back whenever a session ends, so that whoever keeps the household's data forgets it. */
	onEnd(callback: () => void): void {
		this.#endings.add(callback);
	}

	#end(): void {
		for (const callback of this.#lastWords) callback();
		this.#stored = undefined;
		for (const callback of this.#endings) callback();
	}
}

export const session = new Session();
