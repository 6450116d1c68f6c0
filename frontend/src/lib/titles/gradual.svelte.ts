import { whenIdle } from '../idle.ts';

/** Enough for the first screen of most devices. */
const atOnce = 12;

/** Few enough that an interaction which comes in between is not kept waiting. */
const atATime = 8;

/** How much of a list has been shown, by its first item: coming back to a page must find its place again. */
const progress = new WeakMap<object, number>();

/**
 * Shows a long list bit by bit, so that its beginning is there at once: the rest follows whenever the
 * browser has nothing better to do. A list that only gets longer goes on where it was.
 */
export class Gradual<Item extends object> {
	readonly #items: () => readonly Item[];
	#grown = $state.raw<{ head: Item | undefined; count: number }>({ head: undefined, count: 0 });
	readonly #head = $derived.by(() => this.#items()[0]);
	readonly #count = $derived.by(() =>
		this.#head && this.#grown.head === this.#head ? this.#grown.count : start(this.#head),
	);

	/** What is shown now. */
	readonly shown = $derived.by(() => this.#items().slice(0, this.#count));

	/** Whether that is everything. */
	readonly complete = $derived.by(() => this.#count >= this.#items().length);

	/** Belongs to the component that makes it, and stops with it. */
	constructor(items: () => readonly Item[]) {
		this.#items = items;
		$effect(() => {
			if (this.complete) return;
			const head = this.#head;
			const count = this.#count + atATime;
			return whenIdle(() => {
				if (head) progress.set(head, count);
				this.#grown = { head, count };
			});
		});
	}
}

function start(head: object | undefined): number {
	return (head && progress.get(head)) ?? atOnce;
}
