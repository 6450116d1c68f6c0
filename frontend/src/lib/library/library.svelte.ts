import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import { call } from '../api/http.ts';
import type { Schema } from '../api/wire.ts';
import { session } from '../session/session.svelte.ts';
import { readStored, removeStored, writeStored } from '../storage.ts';
import { keyOf, type Title } from '../titles/title.ts';
import { parseLibraryStatus, type LibraryStatus, type Request, type Standing } from './status.ts';

const storageKey = 'library_status';

/**
 * Holds what the household has and has asked for. It merges into public lists in the browser only,
 * shows changes before the server confirms them, and takes them back when it does not.
 */
class Library {
	readonly #owned = new SvelteSet<string>();
	readonly #requests = new SvelteMap<string, Request>();
	/** What the two sets come to, for each title that is shown or known. */
	readonly #standings = new SvelteMap<string, Standing>();
	/** Titles whose change is on its way; a refresh leaves them alone. */
	readonly #pending = new SvelteSet<string>();
	#etag: string | undefined;
	#asked = 0;
	#refreshing: Promise<void> | undefined;

	/** Shows the stored copy at once. */
	start(): void {
		const stored = parseLibraryStatus(readStored(storageKey));
		if (stored && session.signedIn) this.#take(stored);
		session.onEnd(() => this.#forget());
	}

	standing(title: { kind: Title['kind']; id: number }): Standing {
		const key = keyOf(title);
		return this.#standings.get(key) ?? this.#compute(key);
	}

	/**
	 * Prepares for titles that will be shown: a card then depends on its own title alone, where it
	 * would otherwise look again at every request of any title.
	 */
	expect(titles: readonly Title[]): void {
		for (const title of titles) this.#sync(keyOf(title));
	}

	/** The open request of a title. */
	request(title: { kind: Title['kind']; id: number }): Request | undefined {
		return this.#requests.get(keyOf(title));
	}

	isPending(title: { kind: Title['kind']; id: number }): boolean {
		return this.#pending.has(keyOf(title));
	}

	/** Asks the server for changes, unless it did so less than `atMostEvery` milliseconds ago. */
	async refresh(atMostEvery = 0): Promise<void> {
		if (!session.signedIn || Date.now() - this.#asked < atMostEvery) return;
		this.#refreshing ??= this.#fetch().finally(() => (this.#refreshing = undefined));
		return this.#refreshing;
	}

	/** Requests a title. Throws the call's problem after the title shows as before. */
	async add(title: Title): Promise<void> {
		const key = keyOf(title);
		if (this.#pending.has(key) || this.standing(title) !== 'none') return;
		this.#set(key, requestOf(title));
		await this.#settle(
			key,
			() => this.#set(key, undefined),
			async () => {
				const response = await call('/api/request', {
					method: 'POST',
					body: { tmdb_id: title.id, media_type: title.kind } satisfies Schema<'NewRequest'>,
				});
				// `success: false` says that it exists already, which is what was wanted.
				return (await response.json()) as Schema<'Outcome'>;
			},
		);
	}

	/** Shows a title as not requested, without telling the server. Returns what takes that back. */
	hide(title: { kind: Title['kind']; id: number }): () => void {
		const key = keyOf(title);
		const before = this.#requests.get(key);
		this.#set(key, undefined);
		this.#pending.add(key);
		return () => {
			this.#pending.delete(key);
			if (before) this.#set(key, before);
		};
	}

	/** Removes a hidden request for good. Calls `restore` and throws when the server does not. */
	async remove(title: { kind: Title['kind']; id: number }, restore: () => void, keepalive = false): Promise<void> {
		await this.#settle(keyOf(title), restore, () =>
			call(`/api/request/${title.kind}/${title.id}`, { method: 'DELETE', keepalive }),
		);
	}

	async #settle(key: string, restore: () => void, change: () => Promise<unknown>): Promise<void> {
		this.#pending.add(key);
		try {
			await change();
			this.#pending.delete(key);
			this.#etag = undefined;
			this.#store();
		} catch (error) {
			this.#pending.delete(key);
			restore();
			throw error;
		}
	}

	async #fetch(): Promise<void> {
		this.#asked = Date.now();
		const response = await call('/api/library-status', {
			headers: this.#etag ? { 'if-none-match': this.#etag } : {},
		});
		if (response.status === 304 || !session.signedIn) return;
		const status = parseLibraryStatus(await response.json());
		if (!status) return;
		const etag = response.headers.get('etag');
		this.#take({ ...status, timestamp: Date.now(), ...(etag ? { etag } : {}) });
		this.#store();
	}

	#take(status: LibraryStatus): void {
		// eslint-disable-next-line svelte/prefer-svelte-reactivity -- lives only within this call
		const owned = new Set<string>();
		for (const id of status.library.movie) owned.add(keyOf({ kind: 'movie', id }));
		for (const id of status.library.tv) owned.add(keyOf({ kind: 'tv', id }));
		// Changed one by one, so that only cards whose badge changes are drawn again.
		for (const key of [...this.#owned]) if (!owned.has(key)) this.#owned.delete(key);
		for (const key of owned) if (!this.#owned.has(key)) this.#owned.add(key);
		const requests = new Map(status.requests.map((request) => [keyOfRequest(request), request]));
		for (const key of [...this.#requests.keys()]) {
			if (!requests.has(key) && !this.#pending.has(key)) this.#requests.delete(key);
		}
		for (const [key, request] of requests) if (!this.#pending.has(key)) this.#requests.set(key, request);
		for (const key of new Set([...this.#standings.keys(), ...owned, ...requests.keys()])) this.#sync(key);
		this.#etag = status.etag;
	}

	#set(key: string, request: Request | undefined): void {
		if (request) this.#requests.set(key, request);
		else this.#requests.delete(key);
		this.#sync(key);
	}

	#sync(key: string): void {
		this.#standings.set(key, this.#compute(key));
	}

	#compute(key: string): Standing {
		if (this.#owned.has(key)) return 'library';
		return this.#requests.has(key) ? 'requested' : 'none';
	}

	#store(): void {
		const ids = (kind: Title['kind']) =>
			[...this.#owned].filter((key) => key.startsWith(`${kind}-`)).map((key) => Number(key.slice(kind.length + 1)));
		const status: LibraryStatus = {
			library: { movie: ids('movie'), tv: ids('tv') },
			requests: [...this.#requests.values()],
			timestamp: Date.now(),
			...(this.#etag === undefined ? {} : { etag: this.#etag }),
		};
		writeStored(storageKey, status);
	}

	#forget(): void {
		this.#owned.clear();
		this.#requests.clear();
		this.#pending.clear();
		for (const key of [...this.#standings.keys()]) this.#sync(key);
		this.#etag = undefined;
		this.#asked = 0;
		removeStored(storageKey);
	}
}

function keyOfRequest(request: Request): string {
	return keyOf({ kind: request.media_type, id: request.tmdb_id });
}

function requestOf(title: Title): Request {
	return {
		media_type: title.kind,
		tmdb_id: title.id,
		title: title.title,
		created_at: new Date().toISOString(),
		overview: title.overview,
		requested_by: session.name,
		...(title.year === null ? {} : { year: title.year }),
		...(title.posterPath === null ? {} : { poster_path: title.posterPath }),
	};
}

export const library = new Library();
