import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { request as secureRequest } from 'node:https';
import type { AddressInfo } from 'node:net';

const workerPath = '/service-worker.js';

/**
 * Stands before the site under test and passes everything on, but for the service worker: that gets a
 * version which the test chooses, as a deploy would give it one.
 */
export class Relay {
	#release = 'first';
	readonly #server = createServer((incoming, outgoing) => this.#pass(incoming, outgoing));

	private constructor(private readonly site: URL) {}

	static async before(site: string): Promise<Relay> {
		const relay = new Relay(new URL(site));
		await new Promise<void>((resolve) => relay.#server.listen(0, 'localhost', resolve));
		return relay;
	}

	get origin(): string {
		return `http://localhost:${(this.#server.address() as AddressInfo).port}`;
	}

	/** Serves another service worker from now on, which tells its name to whoever asks for it. */
	release(name: string): void {
		this.#release = name;
	}

	async close(): Promise<void> {
		this.#server.closeAllConnections();
		await new Promise((resolve) => this.#server.close(resolve));
	}

	#pass(incoming: IncomingMessage, outgoing: ServerResponse): void {
		const isWorker = incoming.url === workerPath;
		// The worker's text is added to, so it may come neither compressed nor as "not modified".
		const left = isWorker ? ['accept-encoding', 'if-none-match', 'if-modified-since'] : [];
		const headers = Object.fromEntries(Object.entries(incoming.headers).filter(([name]) => !left.includes(name)));
		headers.host = this.site.host;
		// To the site, its own page asks: it takes orders from no other one.
		if (headers.origin === this.origin) headers.origin = this.site.origin;
		const send = this.site.protocol === 'https:' ? secureRequest : request;
		const passed = send(new URL(incoming.url ?? '/', this.site), { method: incoming.method, headers }, (answer) => {
			const { 'content-length': length, ...others } = answer.headers;
			outgoing.writeHead(answer.statusCode ?? 502, isWorker || length === undefined ? others : answer.headers);
			answer.pipe(outgoing, { end: !isWorker });
			if (isWorker) answer.on('end', () => outgoing.end(nameTeller(this.#release)));
		});
		passed.on('error', () => outgoing.destroy());
		incoming.pipe(passed);
	}
}

function nameTeller(release: string): string {
	return `\nself.addEventListener('message', (event) => {
	if (event.data === 'which') event.ports[0].postMessage(${JSON.stringify(release)});
});\n`;
}
