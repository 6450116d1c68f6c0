import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import { call } from '../api/http.ts';
import type { Schema, Unchecked } from '../api/wire.ts';
import { session } from '../session/session.svelte.ts';
import { readStored, removeStored, writeStored } from '../storage.ts';
import { keyOf, type Title } from '../titles/title.ts';
import { Flight } from './flight.ts';
import { parseLibraryStatus, type LibraryStatus, type Request, type Standing } from './status.ts';

const storageKey = 'library_status';

/** What became of a wish: made, there already, or nothing was to be done. */
export type Added = 'requested' | 'already' | 'nothing';

/**
 * Holds what the household has and has asked for. It merges into public lists in the browser only,
 * shows changes before the server confirms them, and takes them back when it does not.
 */
class Library {
	readonly #owned = new SvelteSet<string>();
	/** Requests that wait. */
	readonly #requests = new SvelteMap<string, Request>();
	/** Titles whose request has been fulfilled, as far as a list or a search has told. */
	readonly #added = new SvelteSet<string>();
	/** What the three come to, for each title that is shown or known. */
	readonly #standings = new SvelteMap<string, Standing>();
	/** Titles whose removal can still be undone; a refresh leaves them alone. */
	readonly #hidden = new SvelteSet<string>();
	/** The last change of each title that is on its way; a refresh leaves it alone, and the next one waits for it. */
	readonly #running = new SvelteMap<string, Promise<unknown>>();
	readonly #flight = new Flight(() => this.#fetch());
	#etag: string | undefined;
	#asked = 0;
	/** Counts sessions: what an earlier one began has no say in this one. */
	#era = 0;

	/** Shows the stored copy at once. */
	start(): void {
		const stored = parseLibraryStatus(readStored(storageKey));
		if (stored && session.signedIn) this.#take(stored);
		session.onEnd(() => this.#forget());
	}

	/** The requests that wait. */
	get requests(): Request[] {
		return [...this.#requests.values()];
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
		return this.#isBusy(keyOf(title));
	}

	/** Asks the server for changes, unless it did so less than `atMostEvery` milliseconds ago. */
	async refresh(atMostEvery = 0): Promise<void> {
		if (!session.signedIn || Date.now() - this.#asked < atMostEvery) return;
		return this.#flight.run();
	}

	/** Takes in which requests have been fulfilled, all of them. */
	takeAdded(titles: readonly { kind: Title['kind']; id: number }[]): void {
		const added = new Set(titles.map(keyOf));
		for (const key of [...this.#added]) if (!added.has(key) && !this.#isBusy(key)) this.#setAdded(key, false);
		for (const key of added) if (!this.#isBusy(key)) this.#setAdded(key, true);
	}

	/**
	 * Hears that titles have been requested. What is not known of them is asked for; what neither waits nor
	 * is there even then has been fulfilled.
	 */
	async hear(titles: readonly { kind: Title['kind']; id: number }[]): Promise<void> {
		const unknown = () => titles.map(keyOf).filter((key) => !this.#isBusy(key) && this.#compute(key) === 'none');
		if (unknown().length === 0) return;
		const era = this.#era;
		await this.refresh();
		if (era === this.#era) for (const key of unknown()) this.#setAdded(key, true);
	}

	/**
	 * Requests a title, after a removal of it that is on its way. Throws the call's problem after the title
	 * shows as before.
	 */
	async add(title: Title, language: string): Promise<Added> {
		const key = keyOf(title);
		if (this.#hidden.has(key) || this.standing(title) !== 'none') return 'nothing';
		this.#set(key, requestOf(title));
		const response = await this.#settle(
			key,
			() => this.#set(key, undefined),
			() =>
				call('/api/request', {
					method: 'POST',
					body: { tmdb_id: title.id, media_type: title.kind, language } satisfies Schema<'NewRequest'>,
				}),
		);
		const { success } = (await response.json()) as Unchecked<Schema<'Outcome'>>;
		if (success !== false) return 'requested';
		// Somebody else was first, or it has been fulfilled: what is shown is a guess.
		await this.refresh().then(
			() => this.#compute(key) === 'none' && this.#setAdded(key, true),
			() => undefined,
		);
		return 'already';
	}

	/** Shows a title as not requested, without telling the server. Returns what takes that back. */
	hide(title: { kind: Title['kind']; id: number }): () => void {
		const key = keyOf(title);
		const before = this.#requests.get(key);
		const added = this.#added.has(key);
		this.#hidden.add(key);
		this.#added.delete(key);
		this.#set(key, undefined);
		const era = this.#era;
		return () => {
			if (era !== this.#era) return;
			this.#hidden.delete(key);
			if (added) this.#setAdded(key, true);
			if (before) this.#set(key, before);
		};
	}

	/** Removes a hidden request for good. Calls `restore` and throws when the server does not. */
	async remove(title: { kind: Title['kind']; id: number }, restore: () => void, keepalive = false): Promise<void> {
		const key = keyOf(title);
		const change = this.#settle(key, restore, () =>
			call(`/api/request/${title.kind}/${title.id}`, { method: 'DELETE', keepalive }),
		);
		this.#hidden.delete(key);
		await change;
	}

	/** Makes a change, at once unless another of the same title is on its way, and takes it back when it fails. */
	async #settle<Answer>(key: string, restore: () => void, change: () => Promise<Answer>): Promise<Answer> {
		const era = this.#era;
		const before = this.#running.get(key);
		const running = before ? before.then(change, change) : change();
		this.#running.set(key, running);
		const end = () => {
			if (this.#running.get(key) === running) this.#running.delete(key);
			this.#flight.overtake();
			this.#etag = undefined;
		};
		try {
			const answer = await running;
			if (era === this.#era) {
				end();
				this.#store();
			}
			return answer;
		} catch (error) {
			if (era === this.#era) {
				end();
				restore();
				this.#store();
				void this.refresh().catch(() => undefined);
			}
			throw error;
		}
	}

	async #fetch(): Promise<(() => void) | undefined> {
		if (!session.signedIn) return undefined;
		this.#asked = Date.now();
		const response = await call('/api/library-status', {
			headers: this.#etag ? { 'if-none-match': this.#etag } : {},
		});
		if (response.status === 304) return undefined;
		const status = parseLibraryStatus(await response.json());
		if (!status) return undefined;
		const etag = response.headers.get('etag');
		return () => {
			// With a change on its way this is not what the tag stands for.
			const tagged = etag && this.#hidden.size === 0 && this.#running.size === 0;
			this.#take({ ...status, timestamp: Date.now(), ...(tagged ? { etag } : {}) });
			this.#store();
		};
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
			if (!requests.has(key) && !this.#isBusy(key)) this.#requests.delete(key);
		}
		for (const [key, request] of requests) {
			if (this.#isBusy(key)) continue;
			this.#requests.set(key, request);
			this.#added.delete(key);
		}
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
		if (this.#requests.has(key)) return 'requested';
		return this.#added.has(key) ? 'added' : 'none';
	}

	#isBusy(key: string): boolean {
		return this.#hidden.has(key) || this.#running.has(key);
	}

	#setAdded(key: string, added: boolean): void {
		if (added) this.#added.add(key);
		else this.#added.delete(key);
		this.#sync(key);
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
		this.#added.clear();
		this.#hidden.clear();
		this.#running.clear();
		this.#flight.reset();
		this.#era++;
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
