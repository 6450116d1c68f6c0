import { beforeEach, expect, test, vi } from 'vitest';
import { i18n, m } from '#lib/i18n/i18n.svelte.ts';
import { textLocale } from '#lib/i18n/negotiate.ts';

beforeEach(() => localStorage.clear());

test('a language that was only found is used, but not stored as if it had been chosen', async () => {
	vi.spyOn(navigator, 'languages', 'get').mockReturnValue(['de-AT']);
	await i18n.start(['en', 'de', 'fr'], 'en');
	expect(i18n.locale).toBe('de');
	expect(localStorage.getItem('locale')).toBeNull();
	// Another language of the browser is followed the next time.
	vi.spyOn(navigator, 'languages', 'get').mockReturnValue(['fr']);
	await i18n.start(['en', 'de', 'fr'], 'en');
	expect(i18n.locale).toBe('fr');
	await i18n.change('de');
	await i18n.start(['en', 'de', 'fr'], 'en');
	expect(i18n.locale).toBe('de');
	expect(localStorage.getItem('locale')).toBe('de');
});

test('of two changes the later one counts, whichever texts come first', async () => {
	const first = i18n.change('pl');
	const second = i18n.change('en');
	await Promise.all([first, second]);
	expect(i18n.locale).toBe('en');
	expect(m.settings()).toBe('Settings');
	expect(localStorage.getItem('locale')).toBe('en');
});

test('the document is said to be in the language of its texts', async () => {
	await i18n.change('ko');
	expect(document.documentElement.lang).toBe('en');
	expect(i18n.locale).toBe('ko');
	await i18n.change('pt-BR');
	expect(document.documentElement.lang).toBe('pt-BR');
});

test.each([
	['en', 'en'],
	['pt-BR', 'pt-BR'],
	['ko', 'en'],
	['zh-TW', 'en'],
])('%s is shown in %s', (locale, expected) => {
	expect(textLocale(locale)).toBe(expected);
});
