/**
 * Asks for the newest state of something, one call at a time. An answer that a change has overtaken may be
 * from before it: it is thrown away and asked for again.
 */
export class Flight {
	#running: Promise<void> | undefined;
	#next: Promise<void> | undefined;
	#revision = 0;
	#era = 0;

	/** `ask` fetches, and returns what takes the answer in; it may be called again before that is done. */
	constructor(private readonly ask: () => Promise<(() => void) | undefined>) {}

	/** Says that answers which are on their way are of the past. */
	overtake(): void {
		this.#revision++;
	}

	/** Begins anew: what is on its way is of no interest to whoever asks from now on. */
	reset(): void {
		this.#era++;
		this.#running = undefined;
		this.#next = undefined;
	}

	/** Asks now, or once more after the call that is on its way, which may be too old for who asks now. */
	run(): Promise<void> {
		if (this.#next) return this.#next;
		if (!this.#running) return this.#start();
		const era = this.#era;
		const then = () => {
			if (era !== this.#era) return;
			this.#next = undefined;
			return this.#start();
		};
		return (this.#next = this.#running.then(then, then));
	}

	#start(): Promise<void> {
		const running = this.#ask().finally(() => {
			if (this.#running === running) this.#running = undefined;
		});
		return (this.#running = running);
	}

	async #ask(): Promise<void> {
		const era = this.#era;
		for (;;) {
			const revision = this.#revision;
			const take = await this.ask();
			if (era !== this.#era) return;
			if (revision === this.#revision) return take?.();
		}
	}
}
