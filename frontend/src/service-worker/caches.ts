/** Deletes the caches of earlier versions. */
export async function keepOnly(names: readonly string[]): Promise<void> {
	const all = await caches.keys();
	await Promise.all(all.filter((name) => !names.includes(name)).map((name) => caches.delete(name)));
}

/**
 * Answers from the network, keeping a copy; from the copy when the network does not answer well, or not within
 * `patience` milliseconds. `untilKept` is told what has to be waited for even after the answer.
 */
export async function networkFirst(
	name: string,
	request: Request,
	patience: number,
	untilKept: (kept: Promise<unknown>) => void,
): Promise<Response> {
	const cache = await caches.open(name);
	const copy = () => cache.match(request);
	const answer = fetch(request).then(async (response) => {
		if (response.ok) await cache.put(request, response.clone());
		return response.status < 500 ? response : ((await copy()) ?? response);
	});
	const fallback = answer.catch(async (error: unknown) => {
		const found = await copy();
		if (found) return found;
		throw error;
	});
	untilKept(answer.catch(() => undefined));
	let timer: ReturnType<typeof setTimeout> | undefined;
	const late = new Promise<Response>((resolve, reject) => {
		// Without a copy there is nothing better than to wait on.
		timer = setTimeout(() => void copy().then((found) => found && resolve(found), reject), patience);
	});
	return Promise.race([fallback, late]).finally(() => clearTimeout(timer));
}

/** Answers from the cache, else from the network. Keeps the answer when `most` says how many may stay. */
export async function cacheFirst(name: string, request: Request, most = 0): Promise<Response> {
	const cache = await caches.open(name);
	const copy = await cache.match(request);
	if (copy) return copy;
	if (most === 0) return fetch(request);
	const response = await fetchReadable(request);
	if (response.type === 'cors' || response.type === 'basic') {
		if (response.ok) {
			await cache.put(request, response.clone());
			await trim(cache, most);
		}
	}
	return response;
}

// Images are asked for without CORS, and such an opaque answer counts as megabytes in the quota.
async function fetchReadable(request: Request): Promise<Response> {
	try {
		return await fetch(request.url, { mode: 'cors', credentials: 'omit' });
	} catch {
		return fetch(request);
	}
}

async function trim(cache: Cache, most: number): Promise<void> {
	const keys = await cache.keys();
	await Promise.all(keys.slice(0, Math.max(0, keys.length - most)).map((key) => cache.delete(key)));
}
