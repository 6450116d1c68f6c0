/** Calls back once when the browser is idle; Safari does not say when that is. Returns what calls it off. */
export function whenIdle(callback: () => void): () => void {
	if (typeof requestIdleCallback === 'undefined') {
		const timer = setTimeout(callback, 16);
		return () => clearTimeout(timer);
	}
	const handle = requestIdleCallback(callback, { timeout: 500 });
	return () => cancelIdleCallback(handle);
}

/** Lets the browser show what has happened so far, such as that a finger is on a link. */
export function afterPaint(): Promise<void> {
	return new Promise((resolve) => {
		// A page in the background has no frames to wait for.
		const timer = setTimeout(resolve, 100);
		requestAnimationFrame(() => {
			clearTimeout(timer);
			setTimeout(resolve);
		});
	});
}
