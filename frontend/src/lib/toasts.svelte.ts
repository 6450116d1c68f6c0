import { session } from './session/session.svelte.ts';

export interface Toast {
	id: number;
	text: string;
	tone: 'info' | 'error';
	/** `undoes` when the usual shortcut for that does it as well. */
	action?: { label: string; run: () => void; undoes?: boolean };
	/** Runs once when the toast goes away without its action. */
	onExpire?: (leaving: boolean) => void;
	/** Milliseconds; infinite = stays until it is acted on. */
	lifetime: number;
}

const usualLifetime = 5000;

/** Holds the messages that appear for a while at the bottom of the page. */
class Toasts {
	list = $state.raw<Toast[]>([]);
	#next = 1;
	readonly #timers = new Map<number, ReturnType<typeof setTimeout>>();

	/**
	 * Runs what waits for a toast's end at once when the page is being left, and when it is out of sight: a phone
	 * may end it there without another word. So does the end of the session.
	 */
	start(): void {
		const flush = () => this.flush();
		addEventListener('pagehide', flush);
		document.addEventListener('visibilitychange', () => document.visibilityState === 'hidden' && flush());
		session.beforeEnd(flush);
	}

	/** Ends every toast that something waits for. */
	flush(): void {
		for (const toast of this.list) if (toast.onExpire) this.#expire(toast.id, true);
	}

	show(text: string, options: Partial<Omit<Toast, 'id' | 'text'>> = {}): number {
		const toast: Toast = { id: this.#next++, text, tone: 'info', lifetime: usualLifetime, ...options };
		this.list = [...this.list, toast];
		this.resume(toast.id);
		return toast.id;
	}

	error(text: string): number {
		return this.show(text, { tone: 'error', lifetime: 8000 });
	}

	act(id: number): void {
		const toast = this.#drop(id);
		toast?.action?.run();
	}

	/** Takes back what was done last and can be. Returns whether there was anything. */
	undo(): boolean {
		const toast = this.list.findLast(({ action }) => action?.undoes);
		if (toast) this.act(toast.id);
		return toast !== undefined;
	}

	dismiss(id: number): void {
		this.#expire(id, false);
	}

	/** Stops the clock while somebody reads or points at a toast. */
	pause(id: number): void {
		clearTimeout(this.#timers.get(id));
		this.#timers.delete(id);
	}

	resume(id: number): void {
		this.pause(id);
		const lifetime = this.list.find((toast) => toast.id === id)?.lifetime;
		// A timer takes an infinite delay for none.
		if (lifetime === undefined || !Number.isFinite(lifetime)) return;
		this.#timers.set(
			id,
			setTimeout(() => this.#expire(id, false), lifetime),
		);
	}

	#expire(id: number, leaving: boolean): void {
		this.#drop(id)?.onExpire?.(leaving);
	}

	#drop(id: number): Toast | undefined {
		this.pause(id);
		const toast = this.list.find((candidate) => candidate.id === id);
		this.list = this.list.filter((candidate) => candidate.id !== id);
		return toast;
	}
}

export const toasts = new Toasts();
