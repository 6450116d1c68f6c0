import { session } from '../session/session.svelte.ts';
import type { ApiPath } from './wire.ts';
import { Problem, problemOf } from './problem.ts';

interface Call {
	method?: 'GET' | 'POST' | 'DELETE';
	body?: unknown;
	query?: Record<string, string | number | undefined>;
	headers?: Record<string, string>;
	signal?: AbortSignal | undefined;
	/** Lets the call outlive the page. */
	keepalive?: boolean;
	/** False for calls that answer 401 to a wrong password, which ends no session. */
	signed?: boolean;
}

/**
 * Calls the API with the session's token. A 401 ends the session.
 *
 * Throws {@link Problem}, and `AbortError` when `signal` fires. A 304 is an answer, not an error.
 */
export async function call(path: ApiPath, options: Call = {}): Promise<Response> {
	const { method = 'GET', body, query = {}, signal, keepalive = false, signed = true } = options;
	const headers = new Headers(options.headers);
	const token = session.token;
	if (signed && token) headers.set('authorization', `Bearer ${token}`);
	if (body !== undefined) headers.set('content-type', 'application/json');
	const response = await send(path + queryString(query), {
		method,
		headers,
		keepalive,
		cache: 'no-store',
		...(body === undefined ? {} : { body: JSON.stringify(body) }),
		...(signal ? { signal } : {}),
	});
	if (response.ok || response.status === 304) return response;
	// Only the session that was refused ends: the answer may be to a call of an earlier one.
	if (response.status === 401 && signed && token === session.token) session.end(true);
	throw problemOf(response, await detailOf(response));
}

async function detailOf(response: Response): Promise<string | undefined> {
	try {
		const { detail } = (await response.json()) as { detail?: unknown };
		return typeof detail === 'string' ? detail : undefined;
	} catch {
		return undefined;
	}
}

async function send(address: string, init: RequestInit): Promise<Response> {
	try {
		return await fetch(address, init);
	} catch (error) {
		if (error instanceof DOMException && error.name === 'AbortError') throw error;
		throw new Problem('offline', 0);
	}
}

function queryString(query: Record<string, string | number | undefined>): string {
	const parameters = new URLSearchParams();
	for (const [name, value] of Object.entries(query)) {
		if (value !== undefined && value !== '') parameters.set(name, String(value));
	}
	const text = parameters.toString();
	return text && `?${text}`;
}
