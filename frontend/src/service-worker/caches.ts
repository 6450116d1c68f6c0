/** Deletes the caches of earlier versions. */
export async function keepOnly(names: readonly string[]): Promise<void> {
	const all = await caches.keys();
	await Promise.all(all.filter((name) => !names.includes(name)).map((name) => caches.delete(name)));
}

/** Answers from the network, keeping a copy; from the copy when the network does not answer well. */
export async function networkFirst(name: string, request: Request): Promise<Response> {
	const cache = await caches.open(name);
	try {
		const response = await fetch(request);
		if (response.ok) await cache.put(request, response.clone());
		if (response.status < 500) return response;
		return (await cache.match(request)) ?? response;
	} catch (error) {
		const copy = await cache.match(request);
		if (copy) return copy;
		throw error;
	}
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
