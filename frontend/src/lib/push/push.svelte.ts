import { call } from '../api/http.ts';
import type { Schema } from '../api/wire.ts';
import { i18n } from '../i18n/i18n.svelte.ts';

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

/** Holds whether this device gets notifications. */
class Push {
	state = $state<PushState>('unknown');
	busy = $state(false);

	/** Finds out how things stand. */
	async look(): Promise<void> {
		this.state = await currentState();
	}

	/** Asks for permission and subscribes. Throws the call's problem. */
	async turnOn(): Promise<void> {
		this.busy = true;
		try {
			if ((await Notification.requestPermission()) !== 'granted') {
				await this.look();
				return;
			}
			const registration = await navigator.serviceWorker.ready;
			const response = await call('/api/push/vapid-public-key');
			const { public_key } = (await response.json()) as Schema<'VapidKey'>;
			const subscription =
				(await registration.pushManager.getSubscription()) ??
				(await registration.pushManager.subscribe({
					userVisibleOnly: true,
					applicationServerKey: bytesOf(public_key),
				}));
			const { endpoint, keys } = subscription.toJSON();
			await call('/api/push/subscribe', {
				method: 'POST',
				body: {
					endpoint: endpoint ?? subscription.endpoint,
					keys: { p256dh: keys?.p256dh ?? '', auth: keys?.auth ?? '' },
					language: i18n.locale,
				} satisfies Schema<'SubscribeRequest'>,
			});
			this.state = 'on';
		} finally {
			this.busy = false;
		}
	}

	/** Ends the notifications of this device. Throws the call's problem. */
	async turnOff(): Promise<void> {
		this.busy = true;
		try {
			const registration = await navigator.serviceWorker.ready;
			const subscription = await registration.pushManager.getSubscription();
			await call('/api/push/subscribe', {
				method: 'DELETE',
				query: { endpoint: subscription?.endpoint },
			});
			await subscription?.unsubscribe();
			this.state = 'off';
		} finally {
			this.busy = false;
		}
	}
}

async function currentState(): Promise<PushState> {
	if (!('serviceWorker' in navigator) || !('PushManager' in window) || !('Notification' in window)) {
		return isApplePhone() && !isInstalled() ? 'install-first' : 'unsupported';
	}
	if (Notification.permission === 'denied') return 'denied';
	const registration = await navigator.serviceWorker.getRegistration();
	const subscription = await registration?.pushManager.getSubscription();
	if (!subscription || Notification.permission !== 'granted') return 'off';
	try {
		const response = await call('/api/push/status');
		const { subscribed } = (await response.json()) as Schema<'Subscribed'>;
		return subscribed ? 'on' : 'off';
	} catch {
		return 'on';
	}
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
