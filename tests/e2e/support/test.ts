import { test as base, expect, type Page } from '@playwright/test';
import { Site } from './site.ts';

interface Fixtures {
	/** Errors in the console that a test expects, such as Chromium's line about a 401. */
	expectedErrors: RegExp[];
	/** Fails the test on any other error in the console of any page. */
	quiet: void;
	/** A page with the household signed in, on no address yet. */
	home: Page;
}

interface WorkerFixtures {
	site: Site;
}

export const test = base.extend<Fixtures, WorkerFixtures>({
	expectedErrors: async ({}, use) => use([]),

	quiet: [
		async ({ context, expectedErrors }, use) => {
			const errors: string[] = [];
			context.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
			context.on('weberror', (error) => errors.push(String(error.error())));
			await use();
			expect(errors.filter((error) => !expectedErrors.some((expected) => expected.test(error)))).toEqual([]);
		},
		{ auto: true },
	],

	site: [
		async ({}, use, workerInfo) => {
			const origin = new URL(workerInfo.project.use.baseURL ?? '').origin;
			await use(await Site.signIn(origin, `E2E ${workerInfo.project.name}`));
		},
		{ scope: 'worker' },
	],

	home: async ({ page, site }, use) => {
		await signInStored(page, site);
		await use(page);
	},
});

/** Stores a session, as an earlier visit would have. */
export async function signInStored(page: Page, site: Site): Promise<void> {
	await page.addInitScript(
		([token, name]) => {
			if (localStorage.getItem('e2e_prepared')) return;
			localStorage.setItem('e2e_prepared', '1');
			localStorage.setItem('auth_session', JSON.stringify({ authenticated: true, timestamp: Date.now(), token, name }));
			localStorage.setItem('locale', 'en');
		},
		[site.token, site.name] as const,
	);
}

/** The card of a title on Discover. */
export function card(page: Page, title: string) {
	return page
		.locator('article')
		.filter({ has: page.getByRole('link', { name: title, exact: true }) })
		.first();
}

export { expect };
