/** What the API pushes; it words the text in the subscriber's language. */
interface PushPayload {
	title?: unknown;
	body?: unknown;
	tag?: unknown;
	icon?: unknown;
	image?: unknown;
	url?: unknown;
}

/** Turns a push message into a notification; a message of unknown form still shows something. */
export function notificationOf(text: string | undefined): { title: string; options: NotificationOptions } {
	const payload = parse(text);
	const word = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
	const tag = word(payload.tag) ?? 'stellarr';
	const body = word(payload.body);
	const image = word(payload.image);
	const options: NotificationOptions & { renotify: boolean; image?: string } = {
		tag,
		renotify: true,
		icon: word(payload.icon) ?? '/icon-192.png',
		badge: '/badge-96.png',
		data: { url: word(payload.url) },
		...(body ? { body } : {}),
		...(image ? { image } : {}),
	};
	return { title: word(payload.title) ?? 'Stellarr', options };
}

/** Where a click on a notification leads: its address, else the title that its tag names. */
export function pathOfNotification(notification: { tag: string; data: unknown }, origin: string): string {
	const url = (notification.data as { url?: unknown } | null)?.url;
	if (typeof url === 'string') {
		const address = URL.parse(url, origin);
		if (address?.origin === origin) return address.pathname + address.search;
	}
	const title = /^fulfilled-(movie|tv)-([1-9]\d*)$/.exec(notification.tag);
	return title ? `/title/${title[1]}/${title[2]}` : '/requests';
}

function parse(text: string | undefined): PushPayload {
	try {
		const value: unknown = JSON.parse(text ?? '');
		return typeof value === 'object' && value !== null ? value : {};
	} catch {
		return text ? { body: text } : {};
	}
}
