import { SvelteSet } from 'svelte/reactivity';
import { call } from '../api/http.ts';
import type { Schema, Unchecked } from '../api/wire.ts';
import { parseRequests, type Request } from '../library/status.ts';
import { session } from '../session/session.svelte.ts';
import { keyOf, type Kind } from '../titles/title.ts';

/** Holds all requests of the household, added ones included, newest first. */
class RequestList {
	#all = $state.raw<Request[]>([]);
	readonly #hidden = new SvelteSet<string>();
	state = $state<'loading' | 'ready' | 'failed'>('loading');

	get requests(): Request[] {
		return this.#all.filter((request) => !this.#hidden.has(keyOf(identity(request))));
	}

	/** Asks the server; keeps showing the earlier answer meanwhile, and when it fails. */
	async load(): Promise<void> {
		try {
			const response = await call('/api/requests');
			const answer = (await response.json()) as Unchecked<Schema<'Requests'>>;
			this.#all = Array.isArray(answer.requests) ? parseRequests(answer.requests) : [];
			this.state = 'ready';
		} catch {
			if (this.state !== 'ready') this.state = 'failed';
		}
	}

	/** Forgets everything when the session ends. */
	start(): void {
		session.onEnd(() => {
			this.#all = [];
			this.#hidden.clear();
			this.state = 'loading';
		});
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
		this.#all = this.#all.filter((request) => keyOf(identity(request)) !== key);
		this.#hidden.delete(key);
	}

	find(title: { kind: Kind; id: number }): Request | undefined {
		return this.#all.find((request) => request.media_type === title.kind && request.tmdb_id === title.id);
	}
}

/** The identity of the title that a request is for. */
export function identity(request: Request): { kind: Kind; id: number } {
	return { kind: request.media_type, id: request.tmdb_id };
}

export const requestList = new RequestList();
