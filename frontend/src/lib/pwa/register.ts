interface Listeners {
	/** A newer version of the app waits; `apply` changes to it by reloading. */
	onUpdate: (apply: () => void) => void;
	/** The service worker has heard of something new in the household. */
	onNews: () => void;
}

/** Messages between the app and its service worker. */
export type WorkerMessage = { type: 'news' } | { type: 'open'; path: string };

/** Registers the service worker, where there is one: browsers hide it over plain http. */
export function startServiceWorker({ onUpdate, onNews }: Listeners): void {
	if (!('serviceWorker' in navigator) || import.meta.env.DEV) return;
	const workers = navigator.serviceWorker;
	// The first visit's worker takes over without a reload: nothing of an older version is shown.
	let reloading = false;
	const apply = (waiting: ServiceWorker) => {
		workers.addEventListener('controllerchange', () => {
			if (!reloading) location.reload();
			reloading = true;
		});
		waiting.postMessage({ type: 'skip-waiting' });
	};
	const offer = (waiting: ServiceWorker | null) => {
		if (waiting && workers.controller) onUpdate(() => apply(waiting));
	};
	workers.addEventListener('message', (event: MessageEvent<WorkerMessage>) => {
		if (event.data?.type === 'news') onNews();
		// A full load: the title may be on a page that this tab has never had the code for.
		if (event.data?.type === 'open' && event.data.path.startsWith('/')) location.assign(event.data.path);
	});
	void workers.register('/service-worker.js', { type: 'module' }).then(
		(registration) => {
			offer(registration.waiting);
			registration.addEventListener('updatefound', () => {
				const installing = registration.installing;
				installing?.addEventListener('statechange', () => {
					if (installing.state === 'installed') offer(registration.waiting);
				});
			});
			// Installed apps stay open for weeks.
			document.addEventListener('visibilitychange', () => {
				if (document.visibilityState === 'visible') void registration.update().catch(() => undefined);
			});
		},
		() => undefined,
	);
}
