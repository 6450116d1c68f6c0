import { i18n } from '#lib/i18n/i18n.svelte.ts';
import { library } from '#lib/library/library.svelte.ts';
import { requestList } from '#lib/requests/request-list.svelte.ts';
import { session } from '#lib/session/session.svelte.ts';
import { site } from '#lib/site.svelte.ts';
import { theme } from '#lib/theme.svelte.ts';
import { fetchFirstPosters } from '#lib/titles/first-posters.ts';
import { toasts } from '#lib/toasts.svelte.ts';

export const ssr = false;
export const prerender = false;

let begun = false;
let started: Promise<void> | undefined;

function begin(): void {
	begun = true;
	session.start();
	theme.start();
	toasts.start();
	library.start();
	requestList.start();
}

async function start(): Promise<void> {
	if (!begun) begin();
	if (!session.signedIn) void import('#lib/components/SignIn.svelte').catch(() => undefined);
	// The texts are probably those of last time: both are fetched at once.
	await Promise.all([site.load(), i18n.guess()]);
	await i18n.start(site.config.locales, site.config.defaultLocale);
	void fetchFirstPosters(site.config.imageBase, i18n.locale).catch(() => undefined);
}

export async function load(): Promise<void> {
	started ??= start();
	try {
		await started;
	} catch (error) {
		// The next page tries again.
		started = undefined;
		throw error;
	}
}
