declare global {
	interface Window {
		/** Answers that the inline script of `app.html` asked for before the app's own code arrived. */
		preloaded?: Record<string, Promise<unknown> | undefined>;
	}
}

/** An answer with another status than 2xx, or none at all. */
export class Unavailable extends Error {}

/** Fetches JSON, using the answer that `app.html` has already asked for, once. */
export async function preloaded(path: string, signal?: AbortSignal): Promise<unknown> {
	const early = await preloadedOnce(path);
	if (early !== undefined) return early;
	const response = await fetch(path, signal ? { signal } : {});
	if (!response.ok) throw new Unavailable(`${path} answered ${response.status}`);
	return response.json();
}

/** The answer that `app.html` has asked for; undefined when it has not, and the second time. */
export async function preloadedOnce(path: string): Promise<unknown> {
	const early = window.preloaded?.[path];
	delete window.preloaded?.[path];
	return early;
}

/** The same answer, left for whoever will take it. */
export async function peek(path: string): Promise<unknown> {
	return window.preloaded?.[path];
}
