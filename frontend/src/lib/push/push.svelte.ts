import { call } from '../api/http.ts';
import type { Schema } from '../api/wire.ts';
import { i18n } from '../i18n/i18n.svelte.ts';
import { readStoredText, removeStored, writeStored } from '../storage.ts';

export type PushState =
	/** Not found out yet. */
	| 'unknown'
	/** This browser can't, or the page is not served securely. */
	| 'unsupported'
	/** An iPhone or iPad that can once the app is on its home screen. */
	| 'install-first'
	/** The person has refused, and only the browser's settings can change that. */
	| 'denied'
	| 'off'
	| 'on';

/** The language that the server was told for this device, by which it words the notifications. */
const languageKey = 'push_language';

/** Milliseconds in which a worker that was registered at the start of the page has long been active. */
const patience = 10_000;

/** Milliseconds that signing out waits for the server to forget this device. */
const lastPatience = 3000;

/** Holds whether this device gets notifications. */
class Push {
	state = $state<PushState>('unknown');
	busy = $state(false);

	/** Finds out how things stand, and tells the server of another language. */
	async look(): Promise<void> {
		try {
			this.state = await currentState();
			if (this.state === 'on') await this.tellLanguage();
		} catch {
			// What is known of this device alone still holds, and the next look may know more.
			if (this.state === 'unknown') this.state = 'off';
		}
	}

	/** Asks for permission and subscribes. Throws the call's problem. */
	async turnOn(): Promise<void> {
		this.busy = true;
		try {
			if ((await Notification.requestPermission()) !== 'granted') {
				await this.look();
				return;
			}
			const registration = await within(patience, navigator.serviceWorker.ready);
			const key = await serverKey();
			let subscription = await registration.pushManager.getSubscription();
			if (subscription && !belongsTo(subscription, key)) {
				// The site's key is another one now, and nothing signed with it would get through.
				await subscription.unsubscribe();
				subscription = null;
			}
			subscription ??= await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
			await subscribe(subscription);
			this.state = 'on';
		} finally {
			this.busy = false;
		}
	}

	/** Ends the notifications of this device. Throws the call's problem. */
	async turnOff(): Promise<void> {
		this.busy = true;
		try {
			const subscription = await ownSubscription();
			if (subscription) {
				await unsubscribe(subscription);
				await subscription.unsubscribe();
			}
			this.state = 'off';
		} finally {
			this.busy = false;
		}
	}

	/** Tells the server the language of this device's notifications, where it has any and has told another. */
	async tellLanguage(): Promise<void> {
		if (readStoredText(languageKey) === i18n.locale) return;
		const subscription = await ownSubscription();
		if (subscription) await subscribe(subscription);
	}

	/** Ends the notifications of this device because nobody is signed in any more; never fails, and takes seconds at most. */
	async forget(): Promise<void> {
		// A server that does not hear of it notices at its next message.
		const ending = ownSubscription().then(
			(subscription) => subscription && Promise.allSettled([unsubscribe(subscription), subscription.unsubscribe()]),
		);
		await within(lastPatience, ending).catch(() => undefined);
		this.state = 'unknown';
	}
}

async function currentState(): Promise<PushState> {
	if (!('serviceWorker' in navigator) || !('PushManager' in window) || !('Notification' in window)) {
		return isApplePhone() && !isInstalled() ? 'install-first' : 'unsupported';
	}
	if (Notification.permission === 'denied') return 'denied';
	const subscription = await ownSubscription();
	if (!subscription || Notification.permission !== 'granted') return 'off';
	try {
		if (!belongsTo(subscription, await serverKey())) return 'off';
		const response = await call('/api/push/status', { query: { endpoint: subscription.endpoint } });
		const { subscribed } = (await response.json()) as Schema<'Subscribed'>;
		return subscribed ? 'on' : 'off';
	} catch {
		return 'on';
	}
}

async function ownSubscription(): Promise<PushSubscription | null> {
	if (!('serviceWorker' in navigator)) return null;
	const registration = await navigator.serviceWorker.getRegistration();
	return (await registration?.pushManager?.getSubscription()) ?? null;
}

async function serverKey(): Promise<Uint8Array<ArrayBuffer>> {
	const response = await call('/api/push/vapid-public-key');
	const { public_key } = (await response.json()) as Schema<'VapidKey'>;
	return bytesOf(public_key);
}

/** Says whether a subscription takes what is signed with the key; browsers that do not tell are believed. */
function belongsTo(subscription: PushSubscription, key: Uint8Array): boolean {
	const own = subscription.options?.applicationServerKey;
	if (!own) return true;
	const bytes = new Uint8Array(own);
	return bytes.length === key.length && bytes.every((byte, index) => byte === key[index]);
}

async function subscribe(subscription: PushSubscription): Promise<void> {
	const { endpoint, keys } = subscription.toJSON();
	const language = i18n.locale;
	await call('/api/push/subscribe', {
		method: 'POST',
		body: {
			endpoint: endpoint ?? subscription.endpoint,
			keys: { p256dh: keys?.p256dh ?? '', auth: keys?.auth ?? '' },
			language,
		} satisfies Schema<'SubscribeRequest'>,
	});
	writeStored(languageKey, language);
}

async function unsubscribe({ endpoint }: PushSubscription): Promise<void> {
	removeStored(languageKey);
	await call('/api/push/subscribe', { method: 'DELETE', query: { endpoint } });
}

/** Waits for something, but not for ever. */
async function within<Value>(milliseconds: number, wanted: Promise<Value>): Promise<Value> {
	let timer: ReturnType<typeof setTimeout> | undefined;
	const late = new Promise<never>((_resolve, reject) => {
		timer = setTimeout(() => reject(new Error('it takes too long')), milliseconds);
	});
	return Promise.race([wanted, late]).finally(() => clearTimeout(timer));
}

// iPads say that they are Macs, but no Mac has a touch screen.
function isApplePhone(): boolean {
	return (
		/iPhone|iPad|iPod/.test(navigator.userAgent) || (/Mac/.test(navigator.userAgent) && navigator.maxTouchPoints > 1)
	);
}

function isInstalled(): boolean {
	return matchMedia('(display-mode: standalone)').matches;
}

/** Decodes base64url without padding. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
	const plain = atob(text.replace(/-/g, '+').replace(/_/g, '/'));
	return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

export const push = new Push();
