/**
 * Reads JSON from localStorage. Missing, unreadable and broken values are all `undefined`: a private
 * window may refuse storage, and another version may have written something else.
 */
export function readStored(key: string): unknown {
	try {
		const text = localStorage.getItem(key);
		return text === null ? undefined : (JSON.parse(text) as unknown);
	} catch {
		return undefined;
	}
}

/** Reads plain text from localStorage. */
export function readStoredText(key: string): string | undefined {
	try {
		return localStorage.getItem(key) ?? undefined;
	} catch {
		return undefined;
	}
}

/** Writes JSON, or the text itself, to localStorage; a full or refused storage is no error. */
export function writeStored(key: string, value: unknown): void {
	try {
		localStorage.setItem(key, typeof value === 'string' ? value : JSON.stringify(value));
	} catch {
		// The app works without storage, it only forgets.
	}
}

/** Removes a key from localStorage. */
export function removeStored(key: string): void {
	try {
		localStorage.removeItem(key);
	} catch {
		// Nothing was stored, then.
	}
}
