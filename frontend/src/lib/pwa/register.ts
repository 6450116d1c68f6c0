interface Listeners {
	/** A newer version of the app waits; `apply` changes to it by reloading. */
	onUpdate: (apply: () => void) => void;
	/** The service worker has heard of something new in the household. */
	onNews: () => void;
}

/** Messages between the app and its service worker. */
export type WorkerMessage = { type: 'news' } | { type: 'open'; path: string };

/** Milliseconds after the load in which a first visit's posters have the network to themselves. */
const quietTime = 3000;

/** Registers the service worker, where there is one: browsers hide it over plain http. */
export function startServiceWorker({ onUpdate, onNews }: Listeners): void {
	if (!('serviceWorker' in navigator) || import.meta.env.DEV) return;
	const workers = navigator.serviceWorker;
	workers.addEventListener('message', (event: MessageEvent<WorkerMessage>) => {
		if (event.data?.type === 'news') onNews();
		// A full load: the title may be on a page that this tab has never had the code for.
		if (event.data?.type === 'open' && /^\/(?!\/)/.test(event.data.path)) location.assign(event.data.path);
	});
	void follow(onUpdate).catch(() => undefined);
}

/** Registers the worker and offers each newer one once it has been installed. */
async function follow(onUpdate: Listeners['onUpdate']): Promise<void> {
	await settled();
	const workers = navigator.serviceWorker;
	const registration = await workers.register('/service-worker.js', { type: 'module' });
	const offer = () => {
		// The first visit's worker takes over without a reload: nothing of an older version is shown.
		if (registration.waiting && workers.controller) onUpdate(() => change(registration));
	};
	const watch = (installing: ServiceWorker | null) =>
		installing?.addEventListener('statechange', () => {
			if (installing.state === 'installed') offer();
		});
	// Browsers look for a newer worker by themselves whenever a page is opened, which may have been before this.
	offer();
	watch(registration.installing);
	registration.addEventListener('updatefound', () => watch(registration.installing));
	// Installed apps stay open for weeks.
	document.addEventListener('visibilitychange', () => {
		if (document.visibilityState === 'visible') void registration.update().catch(() => undefined);
	});
}

/** Changes to the worker that waits, and to its pages. */
function change({ waiting }: ServiceWorkerRegistration): void {
	// Another tab has changed already: only this page is still of the older version.
	if (!waiting) return location.reload();
	navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true });
	waiting.postMessage({ type: 'skip-waiting' });
}

/** Waits until the page has what it needs: the worker downloads the whole app, which may come later. */
async function settled(): Promise<void> {
	if (document.readyState !== 'complete') {
		await new Promise((resolve) => addEventListener('load', resolve, { once: true }));
	}
	if (navigator.serviceWorker.controller) return;
	await new Promise((resolve) => setTimeout(resolve, quietTime));
}
