import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, signInStored, test } from './support/test.ts';

const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

async function expectNoFindings(page: Page) {
	// Colours are judged where they end, not in the middle of an animation.
	await page.evaluate(() =>
		Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => null))),
	);
	const { violations } = await new AxeBuilder({ page }).withTags(rules).analyze();
	expect(violations.map(({ id, nodes }) => ({ id, nodes: nodes.map((node) => node.html.slice(0, 200)) }))).toEqual([]);
}

for (const theme of ['light', 'dark'] as const) {
	test.describe(theme, () => {
		test.use({ colorScheme: theme, contextOptions: { reducedMotion: 'reduce' } });
		// Every rule on every page takes its time on a small machine.
		test.describe.configure({ timeout: 150_000 });

		test('the sign-in page', async ({ page }) => {
			await page.goto('/');
			await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
			await expectNoFindings(page);
		});

		test('what is said when something is not there', async ({ page, site }) => {
			await signInStored(page, site);
			await page.goto('/no/such/page');
			await expect(page.getByRole('heading', { level: 2, name: 'There is no such page' })).toBeVisible();
			await expectNoFindings(page);
			await page.goto('/');
			await expect(page.locator('article').first()).toBeVisible();
			await page.evaluate(() => window.dispatchEvent(new Event('offline')));
			await expect(page.getByText('You are offline. What was loaded last is shown.')).toBeVisible();
			await expectNoFindings(page);
		});

		test.describe('when things fail', () => {
			// The worker would answer with what was there before.
			test.use({ expectedErrors: [/status of (401|404|503)/], serviceWorkers: 'block' });

			test('each page that says so', async ({ page, site }) => {
				await page.route('**/api/auth/verify', (route) => route.fulfill({ status: 401, json: { detail: 'x' } }));
				await page.goto('/');
				await page.getByLabel('Your name').fill('Mallory');
				await page.getByLabel('Password').fill('wrong');
				await page.getByRole('button', { name: 'Sign in' }).click();
				await expect(page.getByText('That password is not right.')).toBeVisible();
				await expectNoFindings(page);

				await signInStored(page, site);
				await page.goto('/title/movie/99999999');
				await expect(page.getByRole('heading', { level: 2, name: 'This title is not known here' })).toBeVisible();
				await expectNoFindings(page);
				for (const path of ['**/trending-*', '**/api/requests', '**/api/search', '**/api/feeds', '**/api/title/**']) {
					await page.route(path, (route) => route.fulfill({ status: 503, json: { detail: 'x' } }));
				}
				for (const [path, said] of [
					['/', 'The list could not be loaded'],
					['/?q=the', 'The search did not work'],
					['/requests', 'The requests could not be loaded'],
					['/settings', 'The addresses could not be loaded.'],
					['/title/movie/99999998', 'Something went wrong. Please try again.'],
				] as const) {
					await test.step(path, async () => {
						await page.goto(path);
						await expect(page.getByText(said).last()).toBeVisible();
						await expectNoFindings(page);
					});
				}
			});
		});

		test('every page', async ({ page, site }) => {
			const [film] = await site.free('movie');
			if (!film) throw new Error('no free film');
			await site.request(film);
			await signInStored(page, site);
			for (const path of ['/', '/?q=the', '/?q=zzzzqqqqxxxx', '/requests', '/settings', `/title/movie/${film.id}`]) {
				await test.step(path, async () => {
					await page.goto(path);
					await expect(page.locator('h1')).toBeVisible();
					await expect(page.locator('.skeleton')).toHaveCount(0);
					if (path === '/settings') await page.getByText('How to connect Sonarr').click();
					await expectNoFindings(page);
				});
			}
			await test.step('sheet and message', async () => {
				await page.goto('/');
				await page.getByRole('link', { name: film.title, exact: true }).first().click();
				await expect(page.getByRole('dialog')).toBeVisible();
				await expectNoFindings(page);
				await page.getByRole('dialog').getByRole('button', { name: 'Remove request' }).click();
				await expect(page.getByRole('button', { name: 'Undo' })).toBeVisible();
				await page.keyboard.press('Escape');
				await expect(page.getByRole('dialog')).toHaveCount(0);
				// Its time stands still while it is pointed at, however long the rules take.
				await page.getByRole('button', { name: 'Undo' }).hover();
				await expectNoFindings(page);
				await page.getByRole('button', { name: 'Dismiss' }).click();
			});
		});
	});
}

test('a page is used by keyboard alone', async ({ home: page }) => {
	await page.goto('/');
	await expect(page.locator('article').first()).toBeVisible();
	await page.keyboard.press('Tab');
	await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused();
	await page.keyboard.press('Enter');
	await page.keyboard.press('Tab');
	await expect(page.getByRole('radio', { name: 'All' })).toBeFocused();
	await page.keyboard.press('ArrowRight');
	await expect(page.getByRole('radio', { name: 'Films' })).toBeChecked();
	await page.keyboard.press('/');
	await expect(page.getByRole('searchbox')).toBeFocused();
});

for (const colorScheme of ['light', 'dark'] as const) {
	test(`what is chosen stands out in the ${colorScheme}, and in the person’s own colours`, async ({ home: page }) => {
		await page.emulateMedia({ colorScheme });
		await page.goto('/');
		const chosen = page.locator('fieldset input:checked + span').first();
		await expect(chosen).toBeVisible();
		const contrast = await chosen.evaluate((element) => {
			const light = (colour: string) => {
				const [red = 0, green = 0, blue = 0] = (colour.match(/\d+(\.\d+)?/g) ?? []).map((part) => {
					const value = Number(part) / 255;
					return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
				});
				return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
			};
			const ring = light(getComputedStyle(element).boxShadow.replace(/\).*/, ')'));
			const ground = light(getComputedStyle(element.closest('fieldset') as Element).backgroundColor);
			return (Math.max(ring, ground) + 0.05) / (Math.min(ring, ground) + 0.05);
		});
		expect(contrast).toBeGreaterThanOrEqual(3);
		await page.emulateMedia({ colorScheme, forcedColors: 'active' });
		const background = (selector: string) =>
			page
				.locator(selector)
				.first()
				.evaluate((element) => getComputedStyle(element).backgroundColor);
		expect(await background('fieldset input:checked + span')).not.toBe(
			await background('fieldset input:not(:checked) + span'),
		);
	});
}

test('text grows to twice its size without a sideways scroll', async ({ home: page }) => {
	await page.addInitScript(() =>
		addEventListener('DOMContentLoaded', () => (document.documentElement.style.fontSize = '200%')),
	);
	const overflow = () =>
		page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
	// Addresses that take their time: what stands in their place has to fit as well.
	await page.route('**/api/feeds', async (route) => {
		await new Promise((resolve) => setTimeout(resolve, 500));
		await route.continue();
	});
	for (const path of ['/', '/requests', '/settings']) {
		await page.goto(path);
		await expect(page.locator('h1')).toBeVisible();
		expect(await overflow(), path).toBeLessThanOrEqual(0);
		await page.waitForLoadState('networkidle');
		expect(await overflow(), `${path}, with all that came`).toBeLessThanOrEqual(0);
	}
});
