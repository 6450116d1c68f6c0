import { SvelteSet } from 'svelte/reactivity';
import { call } from '../api/http.ts';
import type { Schema, Unchecked } from '../api/wire.ts';
import { Flight } from '../library/flight.ts';
import { library } from '../library/library.svelte.ts';
import { parseRequests, type Request } from '../library/status.ts';
import { session } from '../session/session.svelte.ts';
import { keyOf, type Kind } from '../titles/title.ts';

/** Holds all requests of the household, added ones included, newest first. */
class RequestList {
	#all = $state.raw<Request[]>([]);
	readonly #hidden = new SvelteSet<string>();
	readonly #flight = new Flight(() => this.#fetch());
	state = $state<'loading' | 'ready' | 'failed'>('loading');

	/** What is known of them: until the server answers, and without a network, those that badges are drawn from. */
	get requests(): Request[] {
		if (this.state !== 'ready') return library.requests.sort((a, b) => timeOf(b) - timeOf(a));
		return this.#all.filter((request) => !this.#hidden.has(keyOf(identity(request))));
	}

	/** Asks the server; keeps showing the earlier answer meanwhile, and when it fails. */
	async load(): Promise<void> {
		try {
			await this.#flight.run();
		} catch {
			if (this.state !== 'ready') this.state = 'failed';
		}
	}

	/** Says that a request has been made or changed; whoever shows the list is shown it. */
	changed(): void {
		this.#flight.overtake();
		if (this.state === 'ready') void this.load();
	}

	/** Forgets everything when the session ends. */
	start(): void {
		session.onEnd(() => {
			this.#flight.reset();
			this.#all = [];
			this.#hidden.clear();
			this.state = 'loading';
		});
	}

	async #fetch(): Promise<(() => void) | undefined> {
		if (!session.signedIn) return undefined;
		const response = await call('/api/requests');
		const answer = (await response.json()) as Unchecked<Schema<'Requests'>>;
		return () => {
			this.#all = Array.isArray(answer.requests) ? parseRequests(answer.requests) : [];
			this.state = 'ready';
			library.takeAdded(this.#all.filter((request) => request.added_at !== undefined).map(identity));
		};
	}

	/** Leaves a request out. Returns what takes that back. */
	hide(title: { kind: Kind; id: number }): () => void {
		const key = keyOf(title);
		this.#hidden.add(key);
		return () => this.#hidden.delete(key);
	}

	/** Drops a request that the server has removed. */
	drop(title: { kind: Kind; id: number }): void {
		const key = keyOf(title);
		this.#flight.overtake();
		this.#all = this.#all.filter((request) => keyOf(identity(request)) !== key);
		this.#hidden.delete(key);
	}

	/** The request of a title, unless it is left out. */
	find(title: { kind: Kind; id: number }): Request | undefined {
		if (this.#hidden.has(keyOf(title))) return undefined;
		return this.#all.find((request) => request.media_type === title.kind && request.tmdb_id === title.id);
	}
}

function timeOf(request: Request): number {
	return Date.parse(request.created_at) || 0;
}

/** The identity of the title that a request is for. */
export function identity(request: Request): { kind: Kind; id: number } {
	return { kind: request.media_type, id: request.tmdb_id };
}

export const requestList = new RequestList();
